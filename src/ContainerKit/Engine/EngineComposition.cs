using ContainerKit.Runtime;
using ContainerKit.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerKit.Engine;

/// <summary>Puts the parts of an engine together.</summary>
internal static class EngineComposition
{
    /// <summary>The runtime for this user, and the images of the data root.</summary>
    internal static async Task<(IContainerRuntime Runtime, ImageCollection Images)> CreateAsync(EngineOptions options, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new UnsupportedException("Containers run on Linux only; on Windows, use this program inside WSL 2.");
        }

        DataRoot root = DataRoot.Open(options.DataRoot);
        ILogger logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger("ContainerKit.Runtime");
        LinuxContainerRuntime runtime = await LinuxContainerRuntime.OpenAsync(root, logger).ConfigureAwait(false);
        try
        {
            TimeProvider time = options.TimeProvider ?? TimeProvider.System;
            ImageCollection images = new(root, new LayerStore(root, runtime.Ownership, time), time);
            await images.RecoverAsync(cancellationToken).ConfigureAwait(false);
            return (runtime, images);
        }
        catch
        {
            await runtime.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
