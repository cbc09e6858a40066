namespace ContainerKit;

/// <summary>How <see cref="ImageCollection.SaveAsync(IEnumerable{string}, Stream, ImageArchiveFormat, CancellationToken)"/> writes images.</summary>
public enum ImageArchiveFormat
{
    /// <summary>What <c>docker save</c> writes: an OCI layout, and manifest.json beside it, which older tools read.</summary>
    Docker,

    /// <summary>An OCI image layout and nothing else.</summary>
    OciLayout,
}
