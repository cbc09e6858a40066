namespace ContainerKit.Storage.Unpacking;

/// <summary>What was unpacked.</summary>
/// <param name="Entries">Number of entries of the archive.</param>
/// <param name="Size">Bytes of the content of files; holes and further links do not count.</param>
/// <param name="SkippedDevices">Device nodes that were left out, since only root can make them.</param>
internal sealed record UnpackedLayer(long Entries, long Size, long SkippedDevices);
