using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace ContainerKit;

/// <content>Files that it brings.</content>
public sealed partial record ContainerSpec
{
    /// <summary>
    /// Files that are copied into the container as it is created, in this order, over those of the image. The copies belong to the container; the spec that
    /// is kept on disk does not have them.
    /// </summary>
    [JsonIgnore]
    public ImmutableArray<ContainerFile> Files { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Adds a file or directory that is copied in before the start.</summary>
    public ContainerSpec WithFile(ContainerFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return this with { Files = Files.Add(file) };
    }

    /// <summary>Adds a text file, in UTF-8, that is copied in before the start.</summary>
    /// <param name="containerPath">Its absolute path inside; directories that are missing are made.</param>
    /// <param name="text">What it says.</param>
    public ContainerSpec WithFile(string containerPath, string text) => WithFile(ContainerFile.FromText(containerPath, text));
}
