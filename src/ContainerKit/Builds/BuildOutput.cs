using ContainerKit.Builds.Execution;

namespace ContainerKit;

/// <summary>Where the result of a build goes besides the store.</summary>
public sealed record BuildOutput
{
    private BuildOutput(BuildOutputKind kind, string path)
    {
        Kind = kind;
        Path = path;
    }

    internal BuildOutputKind Kind { get; }

    internal string Path { get; }

    /// <summary>A tar file of the image, as <c>docker load</c> reads it.</summary>
    /// <param name="path">The file, which is replaced.</param>
    public static BuildOutput ImageArchive(string path) => Create(BuildOutputKind.ImageArchive, path);

    /// <summary>A tar file that holds an OCI image layout.</summary>
    /// <param name="path">The file, which is replaced.</param>
    public static BuildOutput OciArchive(string path) => Create(BuildOutputKind.OciArchive, path);

    /// <summary>A directory that is an OCI image layout.</summary>
    /// <param name="path">The directory, made when missing; a layout that is there keeps its other images.</param>
    public static BuildOutput OciLayout(string path) => Create(BuildOutputKind.OciLayout, path);

    /// <summary>The files of the image, in a directory.</summary>
    /// <param name="path">The directory, made when missing; everything becomes this process's user's, and devices and set-user-id bits are left out.</param>
    public static BuildOutput Files(string path) => Create(BuildOutputKind.Files, path);

    /// <summary>The files of the image, as a tar file.</summary>
    /// <param name="path">The file, which is replaced.</param>
    public static BuildOutput FilesArchive(string path) => Create(BuildOutputKind.FilesArchive, path);

    private static BuildOutput Create(BuildOutputKind kind, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new BuildOutput(kind, System.IO.Path.GetFullPath(path));
    }
}
