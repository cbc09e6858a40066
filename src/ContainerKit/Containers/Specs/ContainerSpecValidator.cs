using System.Buffers;
using System.Collections.Frozen;
using ContainerKit.Containers.Instances;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Volumes;

namespace ContainerKit.Containers.Specs;

/// <summary>Checks every value of a spec before anything exists. Messages name the option, the value and what is allowed.</summary>
internal static partial class ContainerSpecValidator
{
    internal const long MinimumMemory = 6 << 20;

    private const double MinimumCpu = 0.01;
    private const int MaximumHostname = 64;

    private static readonly FrozenSet<string> UlimitNames = FrozenSet.Create(
        StringComparer.Ordinal,
        "as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending", "stack");

    private static readonly SearchValues<char> HostnameCharacters
        = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");

    internal static void Validate(ContainerSpec spec)
    {
        Require(!string.IsNullOrWhiteSpace(spec.Image), nameof(spec.Image), spec.Image, "the name or id of an image");
        Require(spec.Name is null || ContainerName.IsValid(spec.Name), nameof(spec.Name), spec.Name, $"{ContainerName.Rule}, at most {ContainerName.MaximumLength} characters");
        foreach (string argument in spec.Command ?? [])
            RequireText(argument, nameof(spec.Command));
        foreach (string argument in spec.Entrypoint ?? [])
            RequireText(argument, nameof(spec.Entrypoint));
        ValidateEnvironment(spec.Environment, nameof(spec.Environment));
        ValidateUser(spec.User, nameof(spec.User));
        foreach (string group in spec.AdditionalGroups)
            Require(!string.IsNullOrEmpty(group) && !group.AsSpan().ContainsAny(":\0\n"), nameof(spec.AdditionalGroups), group, "a group's name or number");
        ValidateWorkingDirectory(spec.WorkingDirectory, nameof(spec.WorkingDirectory));
        Require(spec.Hostname is null || IsHostname(spec.Hostname), nameof(spec.Hostname), spec.Hostname, $"letters, digits, '-', '_' and '.', at most {MaximumHostname}");
        foreach (string label in spec.Labels.Keys)
            Require(label.Length > 0, nameof(spec.Labels), label, "a name that is not empty");
        ValidateMounts(spec);
        ValidateLimits(spec);
        CapabilityRule.Validate(spec.AddedCapabilities, nameof(spec.AddedCapabilities));
        CapabilityRule.Validate(spec.DroppedCapabilities, nameof(spec.DroppedCapabilities));
        spec.TerminalSize?.Validate(nameof(spec.TerminalSize));
        Require(Enum.IsDefined(spec.Network), nameof(spec.Network), spec.Network, "Default, None, Host or Container");
        ValidateNetworks(spec);
        ValidateIsolation(spec);
        ValidateSecurity(spec);
        ValidateResources(spec);
        if (spec.StopSignal is not null)
            SignalName.Parse(spec.StopSignal, nameof(spec.StopSignal));
        Require(spec.StopTimeout >= TimeSpan.Zero || spec.StopTimeout == Timeout.InfiniteTimeSpan, nameof(spec.StopTimeout), spec.StopTimeout, "not negative, or Timeout.InfiniteTimeSpan");
        OperationOptionsValidator.Validate(spec);
    }

    internal static void Validate(ExecSpec spec)
    {
        Require(!spec.Command.IsDefaultOrEmpty, nameof(spec.Command), "", "a program and its arguments");
        foreach (string argument in spec.Command)
            RequireText(argument, nameof(spec.Command));
        ValidateEnvironment(spec.Environment, nameof(spec.Environment));
        ValidateUser(spec.User, nameof(spec.User));
        ValidateWorkingDirectory(spec.WorkingDirectory, nameof(spec.WorkingDirectory));
        spec.TerminalSize?.Validate(nameof(spec.TerminalSize));
        Require(spec.OutputLimit.Bytes >= 0, nameof(spec.OutputLimit), spec.OutputLimit, "a size that is not negative");
    }

    private static void ValidateEnvironment(IEnumerable<KeyValuePair<string, string?>> environment, string option)
    {
        foreach ((string name, string? value) in environment)
        {
            Require(name.Length > 0 && !name.AsSpan().ContainsAny('=', '\0'), option, name, "a name that is not empty and has no '=' and no NUL");
            if (value is not null)
                RequireText(value, $"{option} {name}");
        }
    }

    private static void ValidateUser(string? user, string option)
        => Require(user is null || (!user.AsSpan().ContainsAny('\0', '\n') && user.AsSpan().Count(':') <= 1), option, user, "user or user:group, names or numbers");

    private static void ValidateWorkingDirectory(string? path, string option)
        => Require(path is null || IsAbsolute(path), option, path, "an absolute path");

    private static void ValidateMounts(ContainerSpec spec)
    {
        HashSet<string> targets = new(StringComparer.Ordinal);
        foreach (BindMount bind in spec.Binds)
        {
            Require(!string.IsNullOrEmpty(bind.Source) && !bind.Source.Contains('\0') && (bind.CreateSource || Path.Exists(bind.Source)), "bind source", bind.Source, "a file or directory of the host that exists");
            RequireTarget(bind.Target, "bind target");
            ValidatePropagation(bind);
        }

        foreach (TmpfsMount tmpfs in spec.Tmpfs)
        {
            RequireTarget(tmpfs.Target, "tmpfs target");
            Require(tmpfs.Size is null or { Bytes: > 0 }, $"tmpfs size of {tmpfs.Target}", tmpfs.Size, "more than 0 bytes");
            Require(tmpfs.Inodes is null or > 0, $"tmpfs inodes of {tmpfs.Target}", tmpfs.Inodes, "at least 1");
            Require((int)tmpfs.Mode is >= 0 and <= 0xFFF, $"tmpfs mode of {tmpfs.Target}", tmpfs.Mode, "permission bits up to octal 7777");
        }

        foreach (VolumeMount volume in spec.Volumes)
        {
            Require(volume.Name is null || VolumeName.IsValid(volume.Name), "volume name", volume.Name, VolumeName.Allowed);
            RequireTarget(volume.Target, "volume target");
            Require(
                volume.Subpath is null || (volume.Subpath is [not '/', ..] && !volume.Subpath.Contains('\0') && !volume.Subpath.Split('/').Contains("..")),
                $"volume subpath of {volume.Target}", volume.Subpath, "a relative path without '..'");
        }

        foreach (string container in spec.VolumesFrom)
            Require(!string.IsNullOrEmpty(container) && !container.StartsWith(':'), nameof(spec.VolumesFrom), container, "a container's name or id, with or without :ro or :rw");

        void RequireTarget(string target, string option)
        {
            Require(IsAbsolute(target) && MountOrder.Normalize(target) is { Length: > 1 }, option, target, "an absolute path other than /, without '..'");
            Require(targets.Add(MountOrder.Normalize(target)!), option, target, "one mount for each target");
        }
    }

    private static void ValidateLimits(ContainerSpec spec)
    {
        Require(spec.MemoryLimit is null or { Bytes: >= MinimumMemory }, nameof(spec.MemoryLimit), spec.MemoryLimit, "at least 6MiB");
        Require(spec.CpuLimit is null || (double.IsFinite(spec.CpuLimit.Value) && spec.CpuLimit.Value >= MinimumCpu), nameof(spec.CpuLimit), spec.CpuLimit, "a number of processors, at least 0.01");
        Require(spec.PidsLimit is null or > 0, nameof(spec.PidsLimit), spec.PidsLimit, "at least 1");
        foreach ((string name, Ulimit limit) in spec.Ulimits)
        {
            Require(UlimitNames.Contains(name), nameof(spec.Ulimits), name, string.Join(", ", UlimitNames.Order(StringComparer.Ordinal)));
            Require(
                limit.Soft >= Ulimit.Unlimited && limit.Hard >= Ulimit.Unlimited && limit.SoftValue <= limit.HardValue,
                $"{nameof(spec.Ulimits)} {name}", $"{limit.Soft}:{limit.Hard}", "a soft limit that does not exceed the hard one; -1 is unlimited");
        }
    }

    private static bool IsHostname(string name)
        => name.Length is > 0 and <= MaximumHostname && !name.AsSpan().ContainsAnyExcept(HostnameCharacters) && name[0] is not ('-' or '.') && name[^1] is not ('-' or '.');

    private static bool IsAbsolute(string? path) => path is ['/', ..] && !path.Contains('\0');

    private static void RequireText(string? text, string option)
        => Require(text is not null && !text.Contains('\0'), option, text, "text without NUL");

    private static void Require(bool condition, string option, object? value, string allowed)
    {
        if (!condition)
            throw new ArgumentException($"{option} '{value}' is not allowed: expected {allowed}.");
    }
}
