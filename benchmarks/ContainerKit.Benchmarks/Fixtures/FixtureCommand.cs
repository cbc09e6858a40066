using ContainerKit.Benchmarks.Comparison;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Testing;
using ContainerKit.Testing.Tests.Images;
using static System.FormattableString;

namespace ContainerKit.Benchmarks.Fixtures;

/// <summary>
/// <c>compare fixture</c>: the time that a test waits for a PostgreSQL of its own, from the request until it accepts connections, and until it is gone again. Ours
/// from a snapshot and from the image; dockerd's from the image, which is how Testcontainers does it (create, start, pg_isready by exec, remove, by the API), and
/// from an image that was committed.
/// </summary>
internal static class FixtureCommand
{
    private const string ImageName = "postgres:17";

    /// <returns>0; 1 when something was left behind.</returns>
    public static async Task<int> RunAsync(CompareOptions options, CancellationToken cancellationToken)
    {
        await AbandonedWorkspaces.RemoveAsync(cancellationToken);
        var leftovers = new LeftoverCheck();
        var workspace = Workspace.Create();
        try
        {
            MachineReport.Print();
            await MeasureAsync(workspace, options, cancellationToken);
        }
        finally
        {
            await workspace.DisposeAsync();
        }

        return leftovers.Report(workspace) ? 0 : 1;
    }

    private static async Task MeasureAsync(Workspace workspace, CompareOptions options, CancellationToken cancellationToken)
    {
        await using ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = workspace.CreateDirectory("containerkit") }, cancellationToken);
        await ServerImages.PostgresAsync(engine, ImageName, cancellationToken);
        var module = new PostgreSql { Image = ImageName };
        await using ContainerSnapshot snapshot = await ContainerSnapshot.CreateAsync(engine, module.ToSpec(), cancellationToken: cancellationToken);
        List<FixtureWay> ways =
        [
            new("containerkit, snapshot", async token => await snapshot.StartAsync(token)),
            new("containerkit, image", async token => await engine.Containers.StartAsync(module.ToSpec(), token)),
        ];
        await using DockerFixtures? docker = await DockerFixtures.TryStartAsync(workspace, engine, ImageName, module, cancellationToken);
        if (docker is null)
        {
            Console.WriteLine("docker: not measured (it needs root and docker.io)");
        }
        else
        {
            Console.WriteLine($"docker: {docker.Version}; the daemon is started before and not measured");
            ways.Add(new("docker api, image", docker.StartAsync));
            ways.Add(new("docker api, committed", docker.StartCommittedAsync));
        }

        for (var round = -options.WarmUp; round < options.Runs; round++)
        {
            foreach (var way in ways)
            {
                await Task.Delay(options.Pause, cancellationToken);
                await way.RunAsync(isMeasured: round >= 0, cancellationToken);
            }
        }

        Console.WriteLine();
        Console.WriteLine($"{"a PostgreSQL",-24} {"ready ms",10} {"p99 ms",10} {"and gone",10} {"runs",6}");
        foreach (var way in ways)
            Console.WriteLine(Invariant($"{way.Name,-24} {way.Ready.Median.TotalMilliseconds,10:F1} {way.Ready.P99.TotalMilliseconds,10:F1} {way.Gone.Median.TotalMilliseconds,10:F1} {way.Ready.Count,6}"));
        Console.WriteLine();
        foreach (var way in ways.Skip(1))
            Console.WriteLine(Invariant($"RATIO fixture-vs-{way.Name.Replace(", ", "-", StringComparison.Ordinal).Replace(' ', '-')} {way.Gone.Median / ways[0].Gone.Median:F1}"));
    }
}
