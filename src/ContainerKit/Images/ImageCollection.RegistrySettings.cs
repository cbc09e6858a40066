using ContainerKit.Oci;

namespace ContainerKit;

/// <content>How registries are reached, which may change while the engine is open.</content>
public sealed partial class ImageCollection
{
    private volatile RegistryAccess _registries;

    /// <summary>From now on registries are reached so; what is under way goes on as it began.</summary>
    internal void SetRegistries(RegistryClientOptions options)
    {
        options = options with { LoggerFactory = options.LoggerFactory ?? _registries.Options.LoggerFactory };
        var client = new RegistryClient(options);
        RegistryAccess before;
        RegistryAccess after;
        do
        {
            before = _registries;
            after = new RegistryAccess(client, options, before);
        }
        while (Interlocked.CompareExchange(ref _registries, after, before) != before);
    }

    /// <summary>Closes the clients that <see cref="SetRegistries"/> has made; the first one is its owner's.</summary>
    internal void CloseRegistries()
    {
        for (RegistryAccess? access = _registries; access?.Before is not null; access = access.Before)
            access.Client.Dispose();
    }

    private bool IsShared(RegistryClient client)
    {
        for (RegistryAccess? access = _registries; access is not null; access = access.Before)
        {
            if (ReferenceEquals(access.Client, client))
                return true;
        }

        return false;
    }

    /// <summary>A client, what it was made with, and the one before it, which may still be in use.</summary>
    private sealed record RegistryAccess(RegistryClient Client, RegistryClientOptions Options, RegistryAccess? Before);
}
