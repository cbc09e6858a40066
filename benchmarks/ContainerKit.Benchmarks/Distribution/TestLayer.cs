using ContainerKit.Oci;

namespace ContainerKit.Benchmarks.Distribution;

/// <summary>A layer of the image that is measured with.</summary>
/// <param name="Archive">The tar archive.</param>
/// <param name="DiffId">The archive's digest.</param>
/// <param name="Blob">The file of the compressed archive.</param>
/// <param name="Descriptor">What a manifest says of that.</param>
internal sealed record TestLayer(string Archive, Digest DiffId, string Blob, Descriptor Descriptor);
