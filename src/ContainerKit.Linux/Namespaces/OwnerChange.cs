namespace ContainerKit.Linux.Namespaces;

/// <summary>A new owner for a file, and what only its owner's namespace can set.</summary>
/// <param name="Path">Relative to a root directory, as the kernel's bytes; no component may be a symbolic link.</param>
/// <param name="User">User id inside the namespace.</param>
/// <param name="Group">Group id inside the namespace.</param>
/// <param name="Mode">Permission bits to set afterwards (chown clears set-user-ID bits); null leaves them, as for symbolic links.</param>
/// <param name="Capabilities">Value of <c>security.capability</c>, or null.</param>
public sealed record OwnerChange(ReadOnlyMemory<byte> Path, uint User, uint Group, uint? Mode = null, ReadOnlyMemory<byte>? Capabilities = null);
