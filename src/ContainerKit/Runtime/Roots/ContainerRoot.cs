using ContainerKit.Linux.Paths;

namespace ContainerKit.Runtime.Roots;

/// <summary>A container's root; disposing unmounts what was mounted for it.</summary>
/// <param name="directory">The root, owned by this object.</param>
/// <param name="release">What follows; null for nothing.</param>
internal sealed class ContainerRoot(RootedDirectory directory, Func<ValueTask>? release = null) : IAsyncDisposable
{
    public RootedDirectory Directory => directory;

    public async ValueTask DisposeAsync()
    {
        directory.Dispose();
        if (release is not null)
        {
            await release().ConfigureAwait(false);
        }
    }
}
