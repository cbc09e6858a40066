using ContainerKit.IntegrationTests.Isolation;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ContainerKit.IntegrationTests.Stress;

/// <summary>A data root and a tiny image of its own: <c>/true</c>, and <c>/pause</c>, which runs until it is killed.</summary>
internal sealed class StressBed : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ck-stress-").FullName;
    private string[]? _footprint;

    internal StressBed()
    {
        Directory.CreateDirectory(ImageDirectory);
        WriteImage(ImageDirectory);
    }

    internal string DataRoot => Path.Combine(_directory, "data");

    internal string ImageDirectory => Path.Combine(_directory, "image");

    internal static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Opens an engine; one that prepares containers ahead has a footprint that changes by itself.</summary>
    internal Task<ContainerEngine> OpenAsync(TimeProvider? time = null, ILoggerFactory? logs = null, bool prepares = false)
        => ContainerEngine.OpenAsync(new EngineOptions { DataRoot = DataRoot, TimeProvider = time, LoggerFactory = logs, PrepareContainers = prepares }, Token);

    internal ContainerSpec Spec(string command) => ContainerSpec.FromImage("dir:" + ImageDirectory).WithCommand(command);

    /// <summary>Takes the footprint, after everything was used once: what is made once and kept is no leak.</summary>
    internal async Task MeasureAsync(ContainerEngine engine)
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            await using Container container = await engine.Containers.StartAsync(Spec("/pause").WithVolume(new VolumeMount(null, "/volume")), Token);
            await container.ExecAsync(["/true"], Token);

            // Unlike disposal, this returns when the files are deleted, too.
            await container.RemoveAsync(force: true, Token);
        }));
        _footprint = Footprint.Take(DataRoot);
    }

    internal void Measure() => _footprint = Footprint.Take(DataRoot);

    /// <summary>Nothing has come to the footprint.</summary>
    internal Task AssertNothingLeftAsync() => Footprint.AssertNothingNewAsync(_footprint!, () => Footprint.Take(DataRoot), Token);

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static void WriteImage(string directory)
    {
        Probe.Write(Path.Combine(directory, "true"), p => p.Call("getuid"));
        Probe.Write(Path.Combine(directory, "pause"), p => p.Call("ppoll", 0, 0, 0, 0, 0));
    }
}
