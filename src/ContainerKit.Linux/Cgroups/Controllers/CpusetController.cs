using System.Globalization;

namespace ContainerKit.Linux.Cgroups.Controllers;

/// <summary>cpuset: Documentation/admin-guide/cgroup-v2.rst "Cpuset", cpuset(7).</summary>
internal sealed class CpusetController : ResourceController
{
    private const string ProcessorsFile = "cpuset.cpus", NodesFile = "cpuset.mems";

    internal override CgroupController Kind => CgroupController.Cpuset;

    internal override bool IsNeeded(CgroupLimits limits) => limits.CpusetProcessors is not null || limits.CpusetMemoryNodes is not null;

    internal override void Validate(CgroupLimits limits)
    {
        ValidateList(nameof(CgroupLimits.CpusetProcessors), limits.CpusetProcessors);
        ValidateList(nameof(CgroupLimits.CpusetMemoryNodes), limits.CpusetMemoryNodes);
    }

    internal override void Apply(CgroupDirectory directory, CgroupLimits limits, CgroupLimits? previous)
    {
        if (previous is null || limits.CpusetProcessors != previous.CpusetProcessors)
            Write(directory, ProcessorsFile, limits.CpusetProcessors);
        if (previous is null || limits.CpusetMemoryNodes != previous.CpusetMemoryNodes)
            Write(directory, NodesFile, limits.CpusetMemoryNodes);
    }

    /// <summary>In version 1 a new cgroup has no processors and no memory, and a process can't enter it (ENOSPC).</summary>
    internal override void PrepareLegacy(CgroupDirectory directory)
    {
        foreach (string file in (string[])[ProcessorsFile, NodesFile])
        {
            if (string.IsNullOrWhiteSpace(directory.Read(file)))
                directory.Write(file, Inherited(directory, file));
        }
    }

    private static void Write(CgroupDirectory directory, string file, string? list)
    {
        // An empty list means the parent's in version 2 (a bare newline resets it) and nothing at all in version 1.
        directory.Write(file, list ?? (directory.Version == CgroupVersion.V2 ? "\n" : Inherited(directory, file)));
    }

    private static string Inherited(CgroupDirectory directory, string file)
        => new CgroupDirectory(Path.GetDirectoryName(directory.Path)!, directory.Version).Read(file).Trim();

    private static void ValidateList(string option, string? list)
    {
        if (list is null)
            return;

        foreach (string range in list.Split(','))
        {
            string[] ends = range.Split('-');
            if (ends.Length > 2
                || !ushort.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first)
                || !ushort.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort last)
                || first > last)
            {
                throw OutOfRange(option, $"\"{list}\"", "numbers and ascending ranges as in 0-2,5");
            }
        }
    }
}
