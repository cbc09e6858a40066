namespace ContainerKit.Tests.Images;

/// <summary>An archive that is meant to do harm.</summary>
/// <param name="Name">What it tries.</param>
/// <param name="IsRefused">True: it ends in an error. False: it becomes an image without doing harm.</param>
/// <param name="IsRootFs">True: it is a root file system, for import. False: it holds images, for load.</param>
/// <param name="Create">Makes it, given the absolute path of a directory that it must not reach.</param>
internal sealed record HostileArchive(string Name, bool IsRefused, bool IsRootFs, Func<string, byte[]> Create)
{
    public override string ToString() => Name;
}
