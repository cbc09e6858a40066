using ContainerKit.Linux.Cgroups.Controllers;
using ContainerKit.Linux.Cgroups.Devices;

namespace ContainerKit.Linux.Cgroups;

/// <summary>The cgroups of this host as far as this process may use them, cgroups(7). Thread-safe.</summary>
public sealed class CgroupHost : IDisposable
{
    /// <summary>Enabled for every cgroup on version 2, so that usage can be read and limits set later.</summary>
    private static readonly CgroupController[] s_standard = [CgroupController.Memory, CgroupController.Cpu, CgroupController.Pids];

    /// <summary>Enabled when a limit needs them: they cost at every fork or transfer.</summary>
    private static readonly CgroupController[] s_optional = [CgroupController.Cpuset, CgroupController.Io, CgroupController.Hugetlb];

    private readonly CgroupHierarchies _hierarchies;
    private readonly UnifiedParent? _unified;
    private readonly LegacyParents _legacy;
    private readonly string? _unifiedReason;
    private readonly DevicePrograms _devicePrograms = new();
    private readonly Lock _preparation = new();
    private Dictionary<CgroupController, string>? _prepared;
    private readonly HashSet<CgroupController> _preparedOptional = [];

    internal CgroupHost(CgroupHierarchies hierarchies, CgroupHostOptions options)
    {
        options.Validate();
        _hierarchies = hierarchies;
        _legacy = new LegacyParents(hierarchies.Legacy, options);
        _unified = hierarchies.Unified is { } unified
            ? UnifiedParent.Find(unified, options, out _unifiedReason)
            : null;
        UnavailableReason = FindUnavailableReason();
    }

    /// <summary>Which version holds the resource controllers.</summary>
    public CgroupVersion Version => _hierarchies.Version;

    /// <summary>True: <see cref="Create"/> works, at least without limits.</summary>
    public bool IsAvailable => UnavailableReason is null;

    /// <summary>Null when <see cref="IsAvailable"/>; otherwise what is missing and how to get it.</summary>
    public string? UnavailableReason { get; }

    private CgroupController Tracker => _legacy.WhyUnusable(CgroupController.Freezer) is null
        ? CgroupController.Freezer
        : _hierarchies.Legacy.Keys.Order().First(controller => _legacy.WhyUnusable(controller) is null);

    /// <summary>
    /// Looks at the mounted hierarchies and at this process's place in them. Changes nothing and takes well under a millisecond; the result
    /// does not follow later mounts, so it is kept for the life of an engine.
    /// </summary>
    /// <param name="options">Where cgroups are created; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option's value is not allowed.</exception>
    public static CgroupHost Detect(CgroupHostOptions? options = null)
        => new(CgroupHierarchies.ReadCurrent(), options ?? new CgroupHostOptions());

    /// <summary>Whether this process can use a controller, and why not.</summary>
    public CgroupControllerStatus GetStatus(CgroupController controller)
        => new(controller, MountPoint(controller), WhyUnusable(controller));

    /// <summary>Creates an empty cgroup. Nothing is left when it fails. The caller owns the result and removes it in the end.</summary>
    /// <param name="id">1 to 200 letters, digits, underscores and hyphens; unique on the host.</param>
    /// <param name="spec">Limits and devices.</param>
    /// <exception cref="ArgumentException">The id or a limit is not allowed; the message names it.</exception>
    /// <exception cref="CgroupUnavailableException">This host or process can't enforce what was asked for.</exception>
    /// <exception cref="LinuxException">The kernel refused; EEXIST where the id exists.</exception>
    public Cgroup Create(string id, CgroupSpec spec)
    {
        ValidateId(id);
        ArgumentNullException.ThrowIfNull(spec);
        spec.Limits.Validate();
        if (UnavailableReason is not null)
            throw new CgroupUnavailableException(UnavailableReason);

        HashSet<CgroupController> needed = Needed(spec.Limits);
        LoadedDeviceProgram? program = spec.Devices is { } policy ? ChooseDeviceProgram(policy, needed) : null;
        ThrowIfUnusable(needed);
        if (spec.Accounting && Version == CgroupVersion.V1)
            needed.UnionWith(AccountingControllers());
        if (_unified is null)
            needed.Add(Tracker);

        Cgroup cgroup = new(this, id);
        try
        {
            if (_unified is not null)
                cgroup.AttachUnified(MakeUnified(id, needed));
            if (Version == CgroupVersion.V1)
                MakeLegacy(cgroup, needed);
            cgroup.Configure(spec, program);
            return cgroup;
        }
        catch
        {
            cgroup.RemoveEmpty();
            cgroup.Dispose();
            throw;
        }
    }

    /// <summary>Opens a cgroup that exists, of this or of an earlier process. Null when there is none.</summary>
    /// <param name="id">Its id.</param>
    public Cgroup? Open(string id)
    {
        ValidateId(id);
        Cgroup cgroup = new(this, id);
        if (_unified?.Directory.Child(id) is { Exists: true } unified)
            cgroup.AttachUnified(unified);
        foreach (CgroupController controller in _hierarchies.Legacy.Keys)
        {
            CgroupDirectory directory = _legacy.Locate(controller, id);
            if (directory.Exists)
                cgroup.AttachLegacy(controller, directory);
        }

        return cgroup.Paths.Count > 0 ? cgroup : null;
    }

    /// <summary>The ids of all cgroups below our parent, of every process that uses the same parent.</summary>
    public IReadOnlyList<string> ListOwned()
    {
        SortedSet<string> ids = new(StringComparer.Ordinal);
        foreach (CgroupDirectory parent in _legacy.All.Concat(_unified is null ? [] : [_unified.Directory]))
        {
            if (parent.Exists)
                ids.UnionWith(Directory.EnumerateDirectories(parent.Path).Select(path => Path.GetFileName(path)).Where(IsId));
        }

        return [.. ids];
    }

    /// <summary>Kills what is in a cgroup and removes it; for what an engine that was killed has left. False when there is none.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Ends the wait; the processes stay killed.</param>
    public async ValueTask<bool> RemoveAsync(string id, CancellationToken cancellationToken = default)
    {
        using Cgroup? cgroup = Open(id);
        if (cgroup is null)
            return false;

        await cgroup.RemoveAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Removes the parent cgroups where they hold nothing. Others may create in them at the same time: they make them again.
    /// </summary>
    public void RemoveEmptyParents()
    {
        foreach (CgroupDirectory parent in _legacy.All.Concat(_unified is null ? [] : [_unified.Directory]))
        {
            if (parent.Exists && parent.IsWritable())
                parent.TryRemove();
        }

        lock (_preparation)
        {
            _prepared = null;
            _preparedOptional.Clear();
        }
    }

    /// <summary>Releases the device programs; cgroups keep those that are attached.</summary>
    public void Dispose() => _devicePrograms.Dispose();

    /// <summary>Adds a version 1 hierarchy to a cgroup that was created without it.</summary>
    internal void MakeLegacy(Cgroup cgroup, IReadOnlySet<CgroupController> controllers)
    {
        foreach (CgroupController controller in controllers.Order())
        {
            if (cgroup.Find(controller) is not null)
                continue;

            // Controllers that are mounted together share the directory that the first of them made.
            CgroupDirectory directory = _legacy.Locate(controller, cgroup.Id);
            cgroup.AttachLegacy(controller, cgroup.Paths.Contains(directory.Path) ? directory : _legacy.Make(controller, cgroup.Id));
        }
    }

    /// <summary>What limits need; never the cpuset controller on version 2 unless asked for, because it costs at every fork.</summary>
    internal static HashSet<CgroupController> Needed(CgroupLimits limits)
        => [.. ResourceController.All.Where(controller => controller.IsNeeded(limits)).Select(controller => controller.Kind)];

    internal void ThrowIfUnusable(IEnumerable<CgroupController> needed)
    {
        foreach (CgroupController controller in needed)
        {
            if (WhyUnusable(controller) is { } reason)
                throw new CgroupUnavailableException($"{OptionsOf(controller)} can't be enforced: {reason}");
        }
    }

    /// <summary>Enables a controller for all of our version 2 cgroups, if that has not happened yet.</summary>
    internal void EnableUnified(IReadOnlySet<CgroupController> needed)
    {
        lock (_preparation)
        {
            CgroupController[] optional = [.. s_optional.Where(needed.Contains)];
            if (_prepared is null || optional.Any(controller => !_preparedOptional.Contains(controller)))
            {
                _preparedOptional.UnionWith(optional);
                CgroupController[] wanted = [.. s_standard, .. _preparedOptional];
                _prepared = _unified!.Prepare(Version == CgroupVersion.V2 ? wanted.Where(IsOffered) : []);
            }

            foreach (CgroupController controller in needed)
            {
                if (Version == CgroupVersion.V2 && _prepared.TryGetValue(controller, out string? failure))
                    throw new CgroupUnavailableException($"{OptionsOf(controller)} can't be enforced: {failure}");
            }
        }

        bool IsOffered(CgroupController controller) => _unified!.WhyUnusable(controller) is null;
    }

    private CgroupDirectory MakeUnified(string id, HashSet<CgroupController> needed)
    {
        EnableUnified(needed);
        CgroupDirectory directory = _unified!.Directory.Child(id);
        try
        {
            directory.Make();
        }
        catch (LinuxException error) when (error.Errno == Errno.ENOENT)
        {
            // Another process removed the empty parent.
            lock (_preparation)
                _prepared = null;
            EnableUnified(needed);
            directory.Make();
        }

        return directory;
    }

    /// <summary>
    /// The program for version 2, also on hybrid hosts: a process is cloned into its cgroup, while every version 1 hierarchy has to be
    /// entered by migration. Null, and the version 1 controller added to <paramref name="needed"/>, where programs can't be loaded.
    /// </summary>
    private LoadedDeviceProgram? ChooseDeviceProgram(DevicePolicy policy, HashSet<CgroupController> needed)
    {
        if (_unified is not null && _devicePrograms.TryGet(policy, out LoadedDeviceProgram? program, out LinuxException? failure))
            return program;

        needed.Add(CgroupController.Devices);
        return null;
    }

    private IEnumerable<CgroupController> AccountingControllers()
    {
        CgroupController[] wanted = _unified is null
            ? [CgroupController.Memory, CgroupController.Pids, CgroupController.CpuAccounting]
            : [CgroupController.Memory, CgroupController.Pids];
        return wanted.Where(controller => WhyUnusable(controller) is null);
    }

    private string? MountPoint(CgroupController controller)
        => _legacy.MountPoint(controller) ?? (Version == CgroupVersion.V2 ? _hierarchies.Unified!.Root.Path : null);

    private string? WhyUnusable(CgroupController controller)
    {
        if (UnavailableReason is not null)
            return UnavailableReason;

        return controller switch
        {
            CgroupController.Devices => WhyDevicesUnusable(),
            CgroupController.Freezer or CgroupController.CpuAccounting when _unified is not null => null,
            _ when Version == CgroupVersion.V2 => _unified!.WhyUnusable(controller),
            _ => _legacy.WhyUnusable(controller),
        };
    }

    private string? WhyDevicesUnusable()
    {
        string? reason = _legacy.WhyUnusable(CgroupController.Devices);
        if (_unified is null || reason is null)
            return reason;

        return _devicePrograms.TryGet(DevicePolicy.Default, out _, out LinuxException? failure) ? null
            : $"{failure!.Message}. Device programs need CAP_BPF (CAP_SYS_ADMIN before Linux 5.8) in the initial user namespace.";
    }

    private string? FindUnavailableReason() => Version switch
    {
        CgroupVersion.None => "no cgroup file system is mounted; mount cgroup2 at /sys/fs/cgroup.",
        CgroupVersion.V2 => _unified is null ? _unifiedReason : null,
        _ when _unified is not null => null,
        _ => _hierarchies.Legacy.Keys.Order().Select(_legacy.WhyUnusable)
            .Aggregate((first, next) => first is null || next is null ? null : first),
    };

    private static string OptionsOf(CgroupController controller) => controller switch
    {
        CgroupController.Memory => "Limits of memory",
        CgroupController.Cpu => "Limits of processor time",
        CgroupController.Io => "Limits of I/O",
        CgroupController.Hugetlb => nameof(CgroupLimits.HugePageBytes),
        CgroupController.Pids => nameof(CgroupLimits.Pids),
        CgroupController.Cpuset => $"{nameof(CgroupLimits.CpusetProcessors)} or {nameof(CgroupLimits.CpusetMemoryNodes)}",
        _ => controller.ToString(),
    };

    private static bool IsId(string id)
        => id.Length is > 0 and <= 200 && id[0] is not '-'
            && id.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-');

    private static void ValidateId(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (!IsId(id))
            throw new ArgumentException($"id is \"{id}\"; allowed: 1 to 200 letters, digits, underscores and hyphens.", nameof(id));
    }
}
