using System.Diagnostics;
using System.Globalization;
using ContainerKit.IntegrationTests.Stress;
using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>kill -9 at random moments of builds: the next build of the same succeeds and uses what was finished, and nothing is left behind.</summary>
[Collection(StressCollection.Name)]
public sealed class BuildCrashTests(BuildBed bed) : IClassFixture<BuildBed>
{
    /// <summary>Raises the number of kills; each costs the start of a process.</summary>
    private const string CountVariable = "CONTAINERKIT_STRESS_KILLS";

    private const int UsualKills = 8;

    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable(CountVariable), CultureInfo.InvariantCulture, out int asked) ? asked : UsualKills;

    [Fact]
    public async Task Builds_go_on_after_their_process_was_killed_at_random_moments()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(5) + (Kills * TimeSpan.FromSeconds(10)));
        string context = bed.Context(("files/a", "a\n"), ("files/b/c", "c\n"));
        string root = Path.Combine(bed.Directory, "data");
        Moments moments = Moments.Create();
        Image first = await bed.Engine.Images.BuildAsync(BuildWorker.Spec(context, "first"), cancellationToken: limit.Token);
        for (int i = 0; i < Kills; i++)
        {
            await KillAsync(root, context, moments, limit.Token);

            // An engine that is opened next removes what is left of the one that died.
            await using ContainerEngine next = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = root, PrepareContainers = false }, limit.Token);
            var record = new BuildRecord();
            Image again = await next.Images.BuildAsync(BuildWorker.Spec(context, "first"), record, limit.Token);
            Assert.Equal(first.Id, again.Id);
            Assert.True(record.Done.Count == 0, $"{moments}: {string.Join(", ", record.Done)}");
            await next.Images.BuildAsync(BuildWorker.Spec(context, i.ToString(CultureInfo.InvariantCulture)), cancellationToken: limit.Token);
            VerificationReport report = await next.VerifyAsync(cancellationToken: limit.Token);
            Assert.True(report.IsClean, $"{moments}\n{string.Join('\n', report.Problems)}");
            Assert.Empty(await next.Containers.ListAsync(limit.Token));
        }
    }

    private static async Task KillAsync(string root, string context, Moments moments, CancellationToken cancellationToken)
    {
        string program = Environment.ProcessPath!;
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(BuildCrashTests).Assembly.Location] : [];
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[BuildWorker.Variable] = root;
        start.Environment[BuildWorker.ContextVariable] = context;
        using Process worker = Process.Start(start)!;
        string? line = await worker.StandardOutput.ReadLineAsync(cancellationToken);
        Assert.True(line == "ready", $"{line} {moments}{(line is null ? ": " + await worker.StandardError.ReadToEndAsync(cancellationToken) : "")}");
        await moments.After(TimeSpan.FromMilliseconds(600), () => Task.CompletedTask);
        Assert.True(!worker.HasExited, $"The worker ended by itself, {moments}: {(worker.HasExited ? await worker.StandardError.ReadToEndAsync(cancellationToken) : "")}");
        worker.Kill();
        await worker.WaitForExitAsync(cancellationToken);
        worker.StandardInput.Dispose();
        worker.StandardOutput.Dispose();
        worker.StandardError.Dispose();
    }
}
