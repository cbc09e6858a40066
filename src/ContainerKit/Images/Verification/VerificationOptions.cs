namespace ContainerKit;

/// <summary>How a data root is verified.</summary>
public sealed record VerificationOptions
{
    /// <summary>
    /// True: what is broken is made anew where that can be done from what is there, and removed otherwise, so that the data root is consistent
    /// again. Waits until no process adds images. What containers have written is never removed. Default false: the data root is only looked at.
    /// </summary>
    public bool Repair { get; init; }

    /// <summary>
    /// True: blobs are not read, so that only missing ones and those of a wrong size are found. Default false: the digest of each is computed,
    /// which reads all of them.
    /// </summary>
    public bool SkipContent { get; init; }

    /// <summary>
    /// True: every unpacked layer is compared with its archive as well, file by file: content, type, owner, mode, time, attributes and links. For
    /// that each is unpacked once more beside it and removed again, one at a time, which takes about as long as pulling the images from this machine,
    /// and as much space as the largest layer. A layer that differs is <see cref="VerificationProblemKind.LayerDamaged"/>; containers that run on it
    /// have to be started anew after the repair. Default false: of a layer only what is recorded of it is checked.
    /// </summary>
    public bool CompareLayers { get; init; }
}
