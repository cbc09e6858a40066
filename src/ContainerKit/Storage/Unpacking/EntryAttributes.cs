using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Tar;

namespace ContainerKit.Storage.Unpacking;

/// <summary>Owner, mode, extended attributes and time of an entry that was made.</summary>
/// <param name="ownership">How owners are set.</param>
internal sealed class EntryAttributes(IFileOwnership ownership)
{
    private static ReadOnlySpan<byte> Capability => "security.capability"u8;

    /// <summary>Sets what can be set now, and notes the rest.</summary>
    public void Apply(LayerDirectory parent, byte[] name, TarEntry entry, FileType type)
    {
        if (ApplyTo(parent.Descriptor, name, entry, type, parent.PathOf(name)) is { } change)
        {
            parent.Pending.Set(name, change);
        }
    }

    /// <summary>Sets what can be set now, and returns what the user namespace has to do, or null.</summary>
    /// <param name="directory">The directory of the entry.</param>
    /// <param name="name">Its name; empty for the directory itself.</param>
    /// <param name="entry">What the archive says.</param>
    /// <param name="type">What was made.</param>
    /// <param name="path">Its real path below the layer's root.</param>
    public OwnershipChange? ApplyTo(RootedDirectory directory, ReadOnlySpan<byte> name, TarEntry entry, FileType type, byte[] path)
    {
        OwnershipChange? change = ownership.Mode == OwnershipMode.Deferred ? ChangeFor(entry, type, path) : null;
        if (ownership.Mode == OwnershipMode.Direct)
        {
            // First: chown(2) clears set-user-id bits and capabilities.
            directory.SetOwner(name, entry.UserId, entry.GroupId);
        }
        // Before the mode, which may take the owner's right to write.
        SetExtendedAttributes(directory, name, entry, type);
        if (type != FileType.SymbolicLink && !(change is not null && type == FileType.Directory))
        {
            directory.SetMode(name, change is null ? entry.Mode : entry.Mode & 0x1FF);
        }
        directory.SetModifiedTime(name, entry.ModifiedTime.Seconds, entry.ModifiedTime.Nanoseconds);
        return change;
    }

    private static OwnershipChange? ChangeFor(TarEntry entry, FileType type, byte[] path)
    {
        byte[]? capability = type == FileType.Regular
            ? entry.Attributes.FirstOrDefault(attribute => attribute.Name.AsSpan().SequenceEqual(Capability)).Value
            : null;
        return entry is { UserId: 0, GroupId: 0 } && capability is null
            ? null
            : new OwnershipChange(path, type, entry.UserId, entry.GroupId, entry.Mode, capability);
    }

    private void SetExtendedAttributes(RootedDirectory directory, ReadOnlySpan<byte> name, TarEntry entry, FileType type)
    {
        foreach (TarAttribute attribute in entry.Attributes)
        {
            if (!IsKept(attribute.Name, type))
            {
                continue;
            }
            try
            {
                directory.SetExtendedAttribute(name, attribute.Name, attribute.Value);
            }
            catch (LinuxException e) when (e.Errno == Errno.EOPNOTSUPP)
            {
                // A file system without such attributes (tmpfs before Linux 6.6) can still hold the layer.
            }
        }
    }

    private bool IsKept(ReadOnlySpan<byte> attribute, FileType type)
    {
        if (attribute.StartsWith("user."u8))
        {
            // With these a layer could pretend whiteouts, redirects to other paths and data files to overlayfs.
            return type is FileType.Regular or FileType.Directory && !attribute.StartsWith("user.overlay."u8);
        }
        return attribute.SequenceEqual(Capability) && type == FileType.Regular && ownership.Mode == OwnershipMode.Direct;
    }
}
