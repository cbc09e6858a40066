using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Tar;

namespace ContainerKit.Storage.Packing;

/// <summary>The extended attributes that are packed: what unpacking keeps, <c>user.*</c> and file capabilities.</summary>
internal static class PackedAttributes
{
    private const int NamespacedLength = 24; // struct vfs_ns_cap_data
    private const int PlainLength = 20; // struct vfs_cap_data

    private static ReadOnlySpan<byte> Capability => "security.capability"u8;

    /// <summary>The attributes of an entry, by name.</summary>
    public static IReadOnlyList<TarAttribute> Read(RootedDirectory directory, ReadOnlySpan<byte> name, FileType type)
    {
        // The kernel has user attributes only for these two, and file capabilities only for the first.
        if (type is not (FileType.Regular or FileType.Directory))
        {
            return [];
        }
        List<TarAttribute>? attributes = null;
        try
        {
            foreach (byte[] attribute in directory.ListExtendedAttributes(name))
            {
                bool isCapability = attribute.AsSpan().SequenceEqual(Capability);
                bool isUsers = attribute.AsSpan().StartsWith("user."u8) && !attribute.AsSpan().StartsWith("user.overlay."u8);
                if ((isUsers || (isCapability && type == FileType.Regular)) && directory.GetExtendedAttribute(name, attribute) is { } value)
                {
                    (attributes ??= []).Add(new TarAttribute(attribute, isCapability ? Plain(value) : value));
                }
            }
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ELOOP)
        {
            return []; // replaced in this moment
        }
        attributes?.Sort((left, right) => left.Name.AsSpan().SequenceCompareTo(right.Name));
        return attributes ?? [];
    }

    /// <summary>Version 3 names the user namespace's root, capabilities(7), which means nothing elsewhere: version 2 is the same without it.</summary>
    private static byte[] Plain(byte[] value)
    {
        const byte version2 = 2;
        const byte version3 = 3;
        if (value.Length != NamespacedLength || value[3] != version3)
        {
            return value;
        }
        byte[] plain = value[..PlainLength];
        plain[3] = version2;
        return plain;
    }
}
