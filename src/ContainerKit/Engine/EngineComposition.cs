using ContainerKit.Networks.Host;
using ContainerKit.Networks.Rootless;
using ContainerKit.Oci;
using ContainerKit.Runtime;
using ContainerKit.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerKit.Engine;

/// <summary>Puts the parts of an engine together.</summary>
internal static class EngineComposition
{
    /// <summary>Where the engine's bridges will be.</summary>
    internal static INetworkHost CreateNetwork(EngineOptions options, IContainerRuntime runtime)
        => runtime is LinuxContainerRuntime { UserNamespace: { } users }
            ? new SandboxNetwork(users, options.TimeProvider ?? TimeProvider.System, (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger("ContainerKit.Networks"))
            : new MachineNetwork();

    /// <summary>The runtime for this user, the images of the data root, and the registries that these come from.</summary>
    internal static async Task<(IContainerRuntime Runtime, ImageCollection Images, RegistryClient Registry)> CreateAsync(
        EngineOptions options, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new UnsupportedException("Containers run on Linux only; on Windows, use this program inside WSL 2.");
        }

        DataRoot root = DataRoot.Open(options.DataRoot);
        ILogger logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger("ContainerKit.Runtime");
        LinuxContainerRuntime runtime = await LinuxContainerRuntime.OpenAsync(root, logger).ConfigureAwait(false);
        RegistryClientOptions registries = options.Registries ?? new RegistryClientOptions();
        registries = registries with { LoggerFactory = registries.LoggerFactory ?? options.LoggerFactory };
        var registry = new RegistryClient(registries);
        try
        {
            TimeProvider time = options.TimeProvider ?? TimeProvider.System;
            ImageCollection images = new(root, new LayerStore(root, runtime.Ownership, time), time, registry, registries);
            await images.RecoverAsync(cancellationToken).ConfigureAwait(false);
            return (runtime, images, registry);
        }
        catch
        {
            registry.Dispose();
            await runtime.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
