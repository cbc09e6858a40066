using ContainerKit.Hosting.Tests;
using Microsoft.Extensions.Hosting;
using Xunit;

[assembly: AssemblyFixture(typeof(HostingBed))]

namespace ContainerKit.Hosting.Tests;

/// <summary>A directory for data roots, and applications.</summary>
public sealed class HostingBed : IAsyncDisposable
{
    /// <summary>Far more than anything here takes: it only ends what hangs.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);

    private readonly string _directory = Directory.CreateTempSubdirectory("ck-hosting-").FullName;
    private int _roots;

    public HostingBed()
    {
        File.SetUnixFileMode(_directory, (UnixFileMode)Convert.ToInt32("755", 8));
        Directory.CreateDirectory(Path.Combine(_directory, "roots"));
    }

    public static CancellationToken Token
    {
        get
        {
            var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            source.CancelAfter(s_longest);
            return source.Token;
        }
    }

    public static ContainerSpec Sleeper { get; } = ContainerSpec.FromImage("dir:/").WithCommand("sleep", "600").WithInit();

    public string NewRoot() => Path.Combine(_directory, "roots", $"{Interlocked.Increment(ref _roots)}");

    public string NewDirectory() => Directory.CreateDirectory(Path.Combine(_directory, $"files{Interlocked.Increment(ref _roots)}")).FullName;

    /// <summary>An application without what listens anywhere.</summary>
    public static HostApplicationBuilder NewApplication() => Host.CreateEmptyApplicationBuilder(null);

    public async ValueTask DisposeAsync()
    {
        // Files of mapped users can be removed by the engine only.
        foreach (string root in Directory.EnumerateDirectories(Path.Combine(_directory, "roots")))
        {
            await using ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = root });
            foreach (ContainerInfo left in await engine.Containers.ListAsync())
                await (await engine.Containers.GetAsync(left.Id)).RemoveAsync(force: true);
        }

        Directory.Delete(_directory, recursive: true);
    }
}
