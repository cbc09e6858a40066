using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage.Ownership;

/// <summary>What is still to be set of a file after unpacking.</summary>
/// <param name="Path">Path below the layer's root, as bytes, without links in its directories; empty for the root itself.</param>
/// <param name="Type">What the file is.</param>
/// <param name="UserId">The owner inside the container.</param>
/// <param name="GroupId">The group inside the container.</param>
/// <param name="Mode">The lower 12 bits of the mode, to be set after the owner; not for symbolic links.</param>
/// <param name="Capability">The value of <c>security.capability</c>, to be set after the owner; null for none.</param>
internal sealed record OwnershipChange(byte[] Path, FileType Type, uint UserId, uint GroupId, uint Mode, byte[]? Capability);
