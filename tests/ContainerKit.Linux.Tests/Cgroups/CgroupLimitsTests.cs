using ContainerKit.Linux.Cgroups;
using Xunit;

namespace ContainerKit.Linux.Tests.Cgroups;

public sealed class CgroupLimitsTests
{
    public static TheoryData<CgroupLimits, string> Refused => new()
    {
        { new CgroupLimits { MemoryBytes = 4096 }, "MemoryBytes is 4096; allowed: at least 6291456 (6 MiB)." },
        { new CgroupLimits { MemoryBytes = -1 }, "MemoryBytes is -1; allowed: at least 6291456 (6 MiB)." },
        { new CgroupLimits { MemoryAndSwapBytes = 1 << 30 }, "MemoryAndSwapBytes is 1073741824; allowed: only together with MemoryBytes." },
        {
            new CgroupLimits { MemoryBytes = 8 << 20, MemoryAndSwapBytes = 7 << 20 },
            "MemoryAndSwapBytes is 7340032; allowed: -1 for unlimited, or at least MemoryBytes, 8388608."
        },
        { new CgroupLimits { Processors = 0 }, "Processors is 0; allowed: 0.01 to 65536." },
        { new CgroupLimits { Processors = double.NaN }, "Processors is NaN; allowed: 0.01 to 65536." },
        { new CgroupLimits { Processors = double.PositiveInfinity }, "Processors is Infinity; allowed: 0.01 to 65536." },
        { new CgroupLimits { CpuShares = 1 }, "CpuShares is 1; allowed: 2 to 262144." },
        { new CgroupLimits { Pids = 0 }, "Pids is 0; allowed: 1 to 4194304." },
        { new CgroupLimits { CpusetProcessors = "" }, "CpusetProcessors is \"\"; allowed: numbers and ascending ranges as in 0-2,5." },
        { new CgroupLimits { CpusetProcessors = "2-1" }, "CpusetProcessors is \"2-1\"; allowed: numbers and ascending ranges as in 0-2,5." },
        { new CgroupLimits { CpusetMemoryNodes = "0,a" }, "CpusetMemoryNodes is \"0,a\"; allowed: numbers and ascending ranges as in 0-2,5." },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void A_value_out_of_range_is_refused_with_its_name_and_what_is_allowed(CgroupLimits limits, string message)
    {
        ArgumentException error = Assert.ThrowsAny<ArgumentException>(limits.Validate);

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_at_their_bounds_are_accepted()
    {
        new CgroupLimits
        {
            MemoryBytes = 6 << 20,
            MemoryAndSwapBytes = 6 << 20,
            Processors = 0.01,
            CpuShares = 2,
            Pids = 1,
            CpusetProcessors = "0-2,5",
            CpusetMemoryNodes = "0",
        }.Validate();
        new CgroupLimits { MemoryBytes = long.MaxValue, MemoryAndSwapBytes = -1, Processors = 65536, CpuShares = 262144, Pids = 4 << 20 }.Validate();
        CgroupLimits.None.Validate();
    }
}
