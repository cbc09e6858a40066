namespace ContainerKit.Builds.Contexts;

/// <summary>The kinds of contexts.</summary>
internal enum BuildContextKind
{
    Empty,
    Directory,
    Tar,
    Image,
    Git,
}
