using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Tar;

namespace ContainerKit.Storage.Unpacking;

/// <summary>Owner, mode, extended attributes and time of what a <see cref="TreeExtractor"/> made.</summary>
internal sealed class ExtractedAttributes(ExtractionOptions options)
{
    private const uint PermissionBits = 0x1FF | 0x200; // 01777: without set-user-id and set-group-id

    /// <summary>Refuses what can't be made, before anything is removed for it.</summary>
    /// <exception cref="UnsupportedException">A device, or an owner that can't be had.</exception>
    public void RequirePossible(TarEntry entry)
    {
        if (entry.Type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice && !options.MakesDevices)
        {
            throw new UnsupportedException($"{FileName.Display(entry.Name)} is a device, which can't be made: on this machine it would give access to its hardware, and an ordinary user may not. Leave it out.");
        }
        if (options.SetsOwners && OwnerOf(entry) is var (user, group) && options.CanOwn?.Invoke(user, group) == false)
        {
            throw new UnsupportedException(
                $"{FileName.Display(entry.Name)} belongs to user {user} and group {group}, which are outside of the ranges of this user. "
                + "Give the user larger ranges in /etc/subuid and /etc/subgid, or choose an owner.");
        }
    }

    /// <summary>Sets everything.</summary>
    /// <param name="directory">The directory of the entry, or what was made itself.</param>
    /// <param name="name">The entry's name; empty for <paramref name="directory"/> itself.</param>
    /// <param name="entry">What the archive says.</param>
    /// <param name="type">What was made.</param>
    public void Apply(RootedDirectory directory, ReadOnlySpan<byte> name, TarEntry entry, FileType type)
    {
        if (options.SetsOwners)
        {
            // First: chown(2) clears set-user-id bits and capabilities.
            (uint user, uint group) = OwnerOf(entry);
            directory.SetOwner(name, user, group);
        }
        SetExtendedAttributes(directory, name, entry, type);
        if (type != FileType.SymbolicLink)
        {
            // Of directories the set-group-id bit only says who gets what is made in them.
            directory.SetMode(name, options.KeepsPrivileges || type == FileType.Directory ? entry.Mode : entry.Mode & PermissionBits);
        }
        directory.SetModifiedTime(name, entry.ModifiedTime.Seconds, entry.ModifiedTime.Nanoseconds);
    }

    /// <summary>For a directory that only appears in paths: root's, or the chosen owner's.</summary>
    public void ApplyImplicit(RootedDirectory directory, uint mode)
    {
        if (options.SetsOwners)
        {
            (uint user, uint group) = options.Owner ?? (0, 0);
            directory.SetOwner(default, user, group);
        }
        directory.SetMode(default, mode);
    }

    private (uint User, uint Group) OwnerOf(TarEntry entry) => options.Owner ?? (entry.UserId, entry.GroupId);

    private void SetExtendedAttributes(RootedDirectory directory, ReadOnlySpan<byte> name, TarEntry entry, FileType type)
    {
        foreach (TarAttribute attribute in entry.Attributes)
        {
            bool isCapability = attribute.Name.AsSpan().SequenceEqual("security.capability"u8);
            bool isKept = isCapability
                ? options.KeepsPrivileges && type == FileType.Regular
                : attribute.Name.AsSpan().StartsWith("user."u8) && !attribute.Name.AsSpan().StartsWith("user.overlay."u8) && type is FileType.Regular or FileType.Directory;
            if (!isKept)
            {
                continue;
            }
            try
            {
                directory.SetExtendedAttribute(name, attribute.Name, attribute.Value);
            }
            catch (LinuxException e) when (e.Errno == Errno.EOPNOTSUPP || (isCapability && e.Errno == Errno.EPERM))
            {
                // A file system without them; capabilities that a user namespace with a single id can't hold.
            }
        }
    }
}
