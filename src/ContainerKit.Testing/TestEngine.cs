using System.Collections.Concurrent;

namespace ContainerKit.Testing;

/// <summary>
/// The engine that all fixtures of a test process share: opened with the first of them, closed when the process ends. Processes that run at the same time share
/// its images, and nothing else; what one that was killed has left is removed by the next that opens it.
/// </summary>
public static class TestEngine
{
    /// <summary>The variable that says where the engine keeps its images when <see cref="Configure"/> does not: a directory.</summary>
    public const string DataRootVariable = "CONTAINERKIT_TEST_DATA_ROOT";

    private static readonly TimeSpan s_closing = TimeSpan.FromSeconds(30);
    private static readonly Lock s_sync = new();
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> s_pulls = new(StringComparer.Ordinal);
    private static EngineOptions? s_options;
    private static Task<ContainerEngine>? s_engine;

    /// <summary>Says how the engine is opened, before anything has opened it: from an assembly fixture or a module initializer.</summary>
    /// <param name="options">Data root, registries, logging.</param>
    /// <exception cref="InvalidOperationException">It is open already.</exception>
    public static void Configure(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        lock (s_sync)
        {
            if (s_engine is not null)
                throw new InvalidOperationException($"The engine of the tests is open already: call {nameof(TestEngine)}.{nameof(Configure)} before the first fixture, in a module initializer for instance.");
            s_options = options;
        }
    }

    /// <summary>The engine. It is not to be disposed.</summary>
    /// <param name="cancellationToken">Stops waiting for it.</param>
    /// <exception cref="UnsupportedException">This machine or user can't run containers; the message says what is missing.</exception>
    public static Task<ContainerEngine> GetAsync(CancellationToken cancellationToken = default)
    {
        lock (s_sync)
        {
            // One that could not be opened is tried again: the reason may be gone, and each caller is told of it.
            if (s_engine is null or { IsFaulted: true } or { IsCanceled: true })
                s_engine = OpenAsync(s_options ?? new EngineOptions { DataRoot = Environment.GetEnvironmentVariable(DataRootVariable) is { Length: > 0 } root ? root : null });
            return s_engine.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Finds an image, and pulls it when it is not there. Callers that want the same one at the same time pull it once.</summary>
    /// <param name="engine">Where it is to be.</param>
    /// <param name="image">Its name, as in <c>postgres:17</c>.</param>
    /// <param name="cancellationToken">Cancels the pull.</param>
    /// <exception cref="NotFoundException">It is neither here nor to be had; the message says why and what to do.</exception>
    public static async Task EnsureImageAsync(ContainerEngine engine, string image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentException.ThrowIfNullOrEmpty(image);
        if (image.StartsWith("dir:", StringComparison.Ordinal) || await engine.Images.FindAsync(image, cancellationToken).ConfigureAwait(false) is not null)
            return;
        SemaphoreSlim turn = s_pulls.GetOrAdd(image, static _ => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (await engine.Images.FindAsync(image, cancellationToken).ConfigureAwait(false) is null)
                await engine.Images.PullAsync(image, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ContainerKitException or HttpRequestException or IOException)
        {
            throw new NotFoundException(
                $"The image {image} is not in the data root {engine.DataRoot}, and pulling it failed: {e.Message} "
                + "Check its name and that the registry can be reached (a mirror and credentials are set by EngineOptions.Registries), or bring the image here first, by engine.Images.LoadAsync or BuildAsync.",
                e);
        }
        finally
        {
            turn.Release();
        }
    }

    private static async Task<ContainerEngine> OpenAsync(EngineOptions options)
    {
        ContainerEngine engine = await ContainerEngine.OpenAsync(options).ConfigureAwait(false);
        await RunOwner.RemoveOrphansAsync(engine).ConfigureAwait(false);

        // Runs on a thread of its own, while the pool still works. What it can't finish in time the next engine removes.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => engine.DisposeAsync().AsTask().Wait(s_closing);
        return engine;
    }
}
