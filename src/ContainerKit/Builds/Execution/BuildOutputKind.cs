namespace ContainerKit.Builds.Execution;

/// <summary>The kinds of outputs.</summary>
internal enum BuildOutputKind
{
    ImageArchive,
    OciArchive,
    OciLayout,
    Files,
    FilesArchive,
}
