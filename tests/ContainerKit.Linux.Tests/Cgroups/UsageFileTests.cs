using ContainerKit.Linux.Cgroups;
using Xunit;

namespace ContainerKit.Linux.Tests.Cgroups;

/// <summary>Files of cgroups that tell what is used.</summary>
public sealed class UsageFileTests
{
    [Fact]
    public void Transfers_of_version_2_are_read_for_each_device()
    {
        IReadOnlyList<CgroupBlockDeviceUsage> usage = BlockDeviceFiles.ParseUnified(
            "8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0\n8:0 rbytes=90 wbytes=0 rios=3 wios=0\n254:0 \nx:y rbytes=1\n8:0 rbytes=-5\n");
        Assert.Equal([new(8, 0, 90, 0, 3, 0), new(8, 16, 1459200, 314773504, 192, 353)], usage);
        Assert.Empty(BlockDeviceFiles.ParseUnified(""));
    }

    [Fact]
    public void Transfers_of_version_1_are_read_for_each_device()
    {
        IReadOnlyList<CgroupBlockDeviceUsage> usage = BlockDeviceFiles.ParseLegacy(
            "8:0 Read 100\n8:0 Write 200\n8:0 Sync 300\n8:0 Total 300\nTotal 300\n", "8:0 Read 1\n8:0 Write 2\nTotal 3\n");
        Assert.Equal([new(8, 0, 100, 200, 1, 2)], usage);
    }

    [Fact]
    public void A_directory_without_these_files_counts_nothing()
    {
        using FakeCgroup unified = new(CgroupVersion.V2), legacy = new(CgroupVersion.V1);
        Assert.Null(BlockDeviceFiles.Read(unified.Directory));
        Assert.Null(BlockDeviceFiles.Read(legacy.Directory));
        unified["io.stat"] = "7:0 rbytes=1 wbytes=2 rios=3 wios=4\n";
        Assert.Equal([new(7, 0, 1, 2, 3, 4)], BlockDeviceFiles.Read(unified.Directory)!);
    }

    [Fact]
    public void Pressure_is_read_with_and_without_full()
    {
        ResourcePressure pressure = ResourcePressure.Parse(
            "some avg10=1.50 avg60=2.25 avg300=0.00 total=1000000\nfull avg10=0.10 avg60=0.20 avg300=0.30 total=5\n")!;
        Assert.Equal(new PressureStall(1.5, 2.25, 0, TimeSpan.FromSeconds(1)), pressure.Some);
        Assert.Equal(new PressureStall(0.1, 0.2, 0.3, TimeSpan.FromMicroseconds(5)), pressure.Full);
        Assert.Null(ResourcePressure.Parse("some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n")!.Full);
        Assert.Null(ResourcePressure.Parse(null));
        Assert.Null(ResourcePressure.Parse("nonsense"));
    }

    [Fact]
    public void Flat_keyed_files_are_read_and_unlimited_saturates()
    {
        IReadOnlyDictionary<string, long> values = FlatKeyedFile.Parse("anon 5\nfile 7\nlimit 18446744073709551615\nbroken\nword x\n");
        Assert.Equal((5L, 7L, long.MaxValue, 3), (values["anon"], values["file"], values["limit"], values.Count));
    }
}
