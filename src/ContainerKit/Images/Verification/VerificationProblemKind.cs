namespace ContainerKit;

/// <summary>What is wrong with a part of a data root.</summary>
public enum VerificationProblemKind
{
    /// <summary>The list of the images can't be read. Repaired by making it of the images that are there; their names are lost.</summary>
    IndexDamaged,

    /// <summary>A blob does not have its digest. Repaired by removing it.</summary>
    BlobDamaged,

    /// <summary>Parts of an image are missing, or are not what they should be. Repaired by removing the image; pull or load it again.</summary>
    ImageBroken,

    /// <summary>An image's layer is not unpacked. Repaired by unpacking it. One that only a container needs can't be repaired.</summary>
    LayerMissing,

    /// <summary>An unpacked layer was never completed, it is not recorded what it is, or its files are not those of its archive (<see cref="VerificationOptions.CompareLayers"/>). Repaired by unpacking it again.</summary>
    LayerDamaged,

    /// <summary>Which layers a container needs can't be read, so that nothing can be freed. Repaired from the container's configuration.</summary>
    LeaseDamaged,

    /// <summary>A container's configuration can't be read. Not repaired: its files may be worth something to somebody.</summary>
    ContainerDamaged,

    /// <summary>Content that nothing refers to. Repaired by removing it.</summary>
    Unreferenced,

    /// <summary>Something half done, or running, of a process that is not there any more. Repaired by removing it.</summary>
    Leftover,
}
