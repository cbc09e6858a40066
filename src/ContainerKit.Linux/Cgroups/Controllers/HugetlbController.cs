using System.Globalization;

namespace ContainerKit.Linux.Cgroups.Controllers;

/// <summary>hugetlb: Documentation/admin-guide/cgroup-v2.rst "HugeTLB", cgroup-v1/hugetlb.rst.</summary>
internal sealed class HugetlbController : ResourceController
{
    internal override CgroupController Kind => CgroupController.Hugetlb;

    internal override bool IsNeeded(CgroupLimits limits) => !limits.HugePageBytes.IsEmpty;

    internal override void Validate(CgroupLimits limits)
    {
        foreach ((string size, long bytes) in limits.HugePageBytes)
        {
            if (!IsPageSize(size))
                throw OutOfRange(nameof(CgroupLimits.HugePageBytes), $"\"{size}\"", "a page size of the kernel such as 2MB or 1GB");
            if (bytes < 0)
                throw OutOfRange($"{nameof(CgroupLimits.HugePageBytes)} {size}", bytes, "at least 0");
        }
    }

    internal override void Apply(CgroupDirectory directory, CgroupLimits limits, CgroupLimits? previous)
    {
        foreach (string size in previous?.HugePageBytes.Keys ?? [])
        {
            if (!limits.HugePageBytes.ContainsKey(size))
                directory.Write(FileOf(directory, size), directory.Version == CgroupVersion.V2 ? "max" : "-1");
        }

        foreach ((string size, long bytes) in limits.HugePageBytes)
        {
            if (previous is not null && previous.HugePageBytes.TryGetValue(size, out long old) && old == bytes)
                continue;
            string file = FileOf(directory, size);
            if (!directory.Has(file))
                throw new CgroupUnavailableException($"{nameof(CgroupLimits.HugePageBytes)} {size} can't be enforced: this kernel has no pages of {size} (see /sys/kernel/mm/hugepages).");
            directory.Write(file, bytes);
        }
    }

    private static string FileOf(CgroupDirectory directory, string size) => $"hugetlb.{size}.{(directory.Version == CgroupVersion.V2 ? "max" : "limit_in_bytes")}";

    private static bool IsPageSize(string size)
        => size.Length > 2 && size[^2..] is "KB" or "MB" or "GB" && ushort.TryParse(size.AsSpan(0, size.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) && number > 0;
}
