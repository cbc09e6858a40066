using ContainerKit.Linux.Cgroups.Devices;

namespace ContainerKit.Runtime.Devices;

/// <summary>What a container may do with devices, as its cgroup enforces it.</summary>
internal static class DeviceRestriction
{
    /// <summary>
    /// The policy; null where nothing is restricted: for a privileged container, and without root, where the permissions of the host's device
    /// files hold.
    /// </summary>
    /// <exception cref="UnsupportedException">A restriction is asked for that only root can make.</exception>
    internal static DevicePolicy? Of(RuntimeSpec spec, bool isRootless)
    {
        if (spec.Privileged)
        {
            return null;
        }

        if (isRootless)
        {
            return spec.DeviceRules.IsEmpty && spec.Devices.All(d => d.Access == DeviceAccess.All) ? null : throw new UnsupportedException(
                "DeviceRules and permissions of Devices other than rwm can't be enforced without root: this user may not load the device program of a cgroup. "
                + "Leave them out (the permissions of the device files hold), or run as root.");
        }

        return spec.Devices.IsEmpty && spec.DeviceRules.IsEmpty
            ? DevicePolicy.Default
            : new DevicePolicy([.. DevicePolicy.Default.Rules, .. LaunchSettingFactory.FindDevices(spec).Select(d => d.Rule), .. spec.DeviceRules]);
    }
}
