using ContainerKit.Linux.Cgroups.Devices;
using ContainerKit.Linux.Mounts;
using ContainerKit.Runtime;

namespace ContainerKit.Containers.Translation;

/// <summary>Mounts and devices of a spec as the runtime takes them.</summary>
internal static class RuntimeMounts
{
    internal static RuntimeBind Map(BindMount bind) => new(Path.GetFullPath(bind.Source), MountOrder.Normalize(bind.Target)!, bind.ReadOnly)
    {
        Recursive = !bind.NonRecursive,
        ReadOnlyTopOnly = bind.ReadOnlyNonRecursive,
        CreateSource = bind.CreateSource,
        Attributes = Attributes(readOnly: false, bind.NoExec, bind.NoSuid, bind.NoDev),
        Propagation = bind.Propagation switch
        {
            MountPropagation.Slave => MountFlags.MS_SLAVE,
            MountPropagation.Shared => MountFlags.MS_SHARED,
            _ => MountFlags.MS_PRIVATE,
        },
    };

    internal static RuntimeTmpfs Map(TmpfsMount tmpfs)
        => new(MountOrder.Normalize(tmpfs.Target)!, tmpfs.Size?.Bytes, (int)tmpfs.Mode, Attributes(tmpfs.ReadOnly, tmpfs.NoExec, tmpfs.NoSuid, tmpfs.NoDev))
        {
            UserId = tmpfs.UserId,
            GroupId = tmpfs.GroupId,
            Inodes = tmpfs.Inodes,
        };

    internal static RuntimeDevice Map(DeviceMapping device)
        => new(Path.GetFullPath(device.HostPath), MountOrder.Normalize(device.ContainerPath ?? Path.GetFullPath(device.HostPath))!, Map(device.Permissions));

    private static DeviceAccess Map(DevicePermissions permissions)
        => (permissions.HasFlag(DevicePermissions.Read) ? DeviceAccess.Read : 0)
            | (permissions.HasFlag(DevicePermissions.Write) ? DeviceAccess.Write : 0)
            | (permissions.HasFlag(DevicePermissions.MakeNode) ? DeviceAccess.MakeNode : 0);

    private static MountAttributes Attributes(bool readOnly, bool noExec, bool noSuid, bool noDev)
        => (readOnly ? MountAttributes.MOUNT_ATTR_RDONLY : 0)
            | (noExec ? MountAttributes.MOUNT_ATTR_NOEXEC : 0)
            | (noSuid ? MountAttributes.MOUNT_ATTR_NOSUID : 0)
            | (noDev ? MountAttributes.MOUNT_ATTR_NODEV : 0);
}
