using System.Text;
using ContainerKit.Containers.Translation;
using ContainerKit.Linux.Cgroups.Devices;
using ContainerKit.Linux.Mounts;
using ContainerKit.Linux.Security;
using ContainerKit.Runtime.Devices;
using ContainerKit.Runtime.Protection;
using ContainerKit.Runtime.Roots;

namespace ContainerKit.Containers.Specs;

/// <content>Devices and security options.</content>
internal static partial class ContainerSpecValidator
{
    /// <summary>The kernel's programs for devices end at 256 rules; some are taken already, and a directory may hold several devices.</summary>
    private const int MaximumDevices = 128;

    private static void ValidateSecurity(ContainerSpec spec)
    {
        Require(spec.Devices.Length + spec.DeviceRules.Length <= MaximumDevices, nameof(spec.Devices), spec.Devices.Length + spec.DeviceRules.Length, $"at most {MaximumDevices} devices and rules");
        foreach (DeviceMapping device in spec.Devices)
            ValidateDevice(device);
        foreach (string rule in spec.DeviceRules)
            Require(DeviceRule.TryParse(rule, out _), nameof(spec.DeviceRules), rule, "a, b or c, MAJOR:MINOR as numbers or *, and some of rwm, as in 'c 10:200 rwm'");
        ValidatePaths(spec.MaskedPaths ?? [], nameof(spec.MaskedPaths));
        ValidatePaths(spec.ReadOnlyPaths ?? [], nameof(spec.ReadOnlyPaths));
        ValidateSeccomp(spec.SeccompProfile, nameof(spec.SeccompProfile));
        ValidateLabels(spec);
    }

    private static void ValidateDevice(DeviceMapping device)
    {
        Require(!string.IsNullOrEmpty(device.HostPath) && !device.HostPath.Contains('\0'), "device", device.HostPath, "a device file of the host, or a directory with some");
        Require(!HostDevices.Find(device.HostPath, device.HostPath, DeviceAccess.All).IsEmpty, "device", device.HostPath, "a device file of the host, or a directory with some");
        Require(
            device.ContainerPath is null || (IsAbsolute(device.ContainerPath) && MountOrder.Normalize(device.ContainerPath) is { Length: > 1 }),
            $"container path of device {device.HostPath}", device.ContainerPath, "an absolute path other than /, without '..'");
        Require(
            device.Permissions != DevicePermissions.None && (device.Permissions & ~DevicePermissions.All) == 0,
            $"permissions of device {device.HostPath}", device.Permissions, "some of Read, Write and MakeNode");
    }

    private static void ValidateSeccomp(string? profile, string option)
    {
        if (profile is null or SeccompFilters.Unconfined)
            return;
        try
        {
            SeccompProfile.Parse(Encoding.UTF8.GetBytes(profile));
        }
        catch (FormatException e)
        {
            string shown = profile.Length <= 40 ? profile : profile[..40] + "…";
            throw new ArgumentException($"{option} '{shown}' is not allowed: expected a profile in Docker's JSON form, or unconfined. {e.Message}", e);
        }
    }

    private static void ValidateLabels(ContainerSpec spec)
    {
        string? profile = spec.AppArmorProfile;
        Require(profile is null || (profile.Length > 0 && !profile.AsSpan().ContainsAny("\0\n ")), nameof(spec.AppArmorProfile), profile, "the name of a loaded profile, or unconfined");
        if (profile is not (null or AppArmor.Unconfined) && !AppArmor.IsEnabled)
            throw new UnsupportedException($"{nameof(spec.AppArmorProfile)} '{profile}' can't be used: this kernel runs without AppArmor. Leave it out, or boot with apparmor=1 security=apparmor.");
        if (spec.SecurityLabels.FirstOrDefault(label => label != "disable") is string wanted)
            throw new UnsupportedException($"{nameof(spec.SecurityLabels)} '{wanted}' can't be used: SELinux labelling is not supported; only 'disable' is allowed.");
    }

    private static void ValidatePaths(IEnumerable<string> paths, string option)
    {
        foreach (string path in paths)
            Require(IsAbsolute(path) && MountOrder.Normalize(path) is { Length: > 1 }, option, path, "absolute paths other than /, without '..'");
    }

    private static void ValidatePropagation(BindMount bind)
    {
        Require(Enum.IsDefined(bind.Propagation), $"bind propagation of {bind.Source}", bind.Propagation, "Private, Slave or Shared");
        if (bind.Propagation == MountPropagation.Private || !Path.Exists(bind.Source))
            return;
        string? reason = MountConnection.WhyNot(bind.Source, bind.Propagation == MountPropagation.Shared ? MountFlags.MS_SHARED : MountFlags.MS_SLAVE);
        Require(reason is null, $"bind propagation of {bind.Source}", bind.Propagation, $"Private, or a source on a mount that is shared{(bind.Propagation == MountPropagation.Slave ? " or a slave" : "")} ({reason}; mount --make-shared changes it)");
    }
}
