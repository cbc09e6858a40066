using System.Collections.Immutable;

namespace ContainerKit;

/// <content>Devices, and what keeps a container from the machine.</content>
public sealed partial record ContainerSpec
{
    /// <summary>Stands for no seccomp or AppArmor profile at all.</summary>
    public const string Unconfined = "unconfined";

    /// <summary>Devices of the host besides the harmless ones that every container has.</summary>
    public ImmutableArray<DeviceMapping> Devices { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>What may be done with devices besides that: <c>c 10:200 rwm</c>, <c>b 8:* r</c>. Root only.</summary>
    public ImmutableArray<string> DeviceRules { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>
    /// Which system calls are allowed: a profile in Docker's JSON form (the text, not a path), <see cref="Unconfined"/>, or null for Docker's
    /// default profile (none at all with <see cref="Privileged"/>).
    /// </summary>
    public string? SeccompProfile { get; init; }

    /// <summary>An AppArmor profile that the kernel has loaded; null or <see cref="Unconfined"/>: none.</summary>
    public string? AppArmorProfile { get; init; }

    /// <summary>SELinux labels. <c>disable</c> changes nothing, others are refused: labelling is not supported.</summary>
    public ImmutableArray<string> SecurityLabels { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Absolute paths that are hidden; null: Docker's list of what shows the machine in /proc and /sys.</summary>
    public ImmutableArray<string>? MaskedPaths { get; init; }

    /// <summary>Absolute paths that can't be written; null: Docker's list of what controls the machine in /proc.</summary>
    public ImmutableArray<string>? ReadOnlyPaths { get; init; }

    /// <summary>Shows a file or directory of the host inside the container, with every option.</summary>
    public ContainerSpec WithBind(BindMount mount) => this with { Binds = Binds.Add(mount) };

    /// <summary>Gives the container a device of the host, or all of a directory.</summary>
    /// <param name="hostPath">A device file, or a directory.</param>
    /// <param name="containerPath">Absolute path inside; null: as on the host.</param>
    /// <param name="permissions">What may be done with it; less than everything needs root.</param>
    public ContainerSpec WithDevice(string hostPath, string? containerPath = null, DevicePermissions permissions = DevicePermissions.All)
        => this with { Devices = Devices.Add(new DeviceMapping(hostPath, containerPath, permissions)) };

    /// <summary>Allows devices by number, whether or not they have a file: <c>c 10:200 rwm</c>, <c>b 8:* r</c>. Root only.</summary>
    public ContainerSpec WithDeviceRule(string rule) => this with { DeviceRules = DeviceRules.Add(rule) };

    /// <summary>Chooses which system calls are allowed.</summary>
    /// <param name="profile">A profile in Docker's JSON form, or <see cref="Unconfined"/>.</param>
    public ContainerSpec WithSeccompProfile(string profile) => this with { SeccompProfile = profile };

    /// <summary>Runs the commands under an AppArmor profile that the kernel has loaded.</summary>
    public ContainerSpec WithAppArmorProfile(string profile) => this with { AppArmorProfile = profile };

    /// <summary>Hides these paths in place of the default ones; none at all hides nothing.</summary>
    public ContainerSpec WithMaskedPaths(params IEnumerable<string> paths) => this with { MaskedPaths = [.. paths] };

    /// <summary>Write-protects these paths in place of the default ones; none at all protects nothing.</summary>
    public ContainerSpec WithReadOnlyPaths(params IEnumerable<string> paths) => this with { ReadOnlyPaths = [.. paths] };

    /// <summary>
    /// Sets security options in Docker's form: <c>no-new-privileges</c>, <c>seccomp=unconfined</c>, <c>seccomp={…JSON…}</c>,
    /// <c>apparmor=PROFILE</c>, <c>label=…</c>, <c>systempaths=unconfined</c>.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <exception cref="FormatException">One is not known.</exception>
    public ContainerSpec WithSecurityOptions(params IEnumerable<string> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Aggregate(this, static (spec, option) => spec.WithSecurityOption(option));
    }

    private ContainerSpec WithSecurityOption(string option)
    {
        // A colon is the old separator, which Docker still takes.
        int separator = option.AsSpan().IndexOfAny('=', ':');
        string name = separator < 0 ? option : option[..separator];
        string? value = separator < 0 ? null : option[(separator + 1)..];
        return (name, value) switch
        {
            ("no-new-privileges", null or "true") => WithNoNewPrivileges(),
            ("no-new-privileges", "false") => WithNoNewPrivileges(false),
            ("seccomp", "builtin") => this with { SeccompProfile = null },
            ("seccomp", { Length: > 0 }) => WithSeccompProfile(value),
            ("apparmor", { Length: > 0 }) => WithAppArmorProfile(value),
            ("label", { Length: > 0 }) => this with { SecurityLabels = SecurityLabels.Add(value) },
            ("systempaths", Unconfined) => WithMaskedPaths().WithReadOnlyPaths(),
            _ => throw new FormatException(
                $"'{option}' is no security option: expected no-new-privileges, seccomp=PROFILE, apparmor=PROFILE, label=LABEL or systempaths=unconfined."),
        };
    }
}
