using System.Text.RegularExpressions;
using Xunit;

namespace ContainerKit.Tests.Architecture;

/// <summary>The table of Docker's options, DockerOptions.md of the integration tests: complete, and true about the tests.</summary>
public sealed partial class DockerOptionTableTests
{
    /// <summary>The fields of ContainerConfig and HostConfig in Docker's API 1.51.</summary>
    private const string Options = """
        Config.Hostname Config.Domainname Config.User Config.AttachStdin Config.AttachStdout Config.AttachStderr Config.ExposedPorts Config.Tty
        Config.OpenStdin Config.StdinOnce Config.Env Config.Cmd Config.Healthcheck Config.ArgsEscaped Config.Image Config.Volumes Config.WorkingDir
        Config.Entrypoint Config.NetworkDisabled Config.MacAddress Config.OnBuild Config.Labels Config.StopSignal Config.StopTimeout Config.Shell
        HostConfig.CpuShares HostConfig.Memory HostConfig.CgroupParent HostConfig.BlkioWeight HostConfig.BlkioWeightDevice
        HostConfig.BlkioDeviceReadBps HostConfig.BlkioDeviceWriteBps HostConfig.BlkioDeviceReadIOps HostConfig.BlkioDeviceWriteIOps
        HostConfig.CpuPeriod HostConfig.CpuQuota HostConfig.CpuRealtimePeriod HostConfig.CpuRealtimeRuntime HostConfig.CpusetCpus
        HostConfig.CpusetMems HostConfig.Devices HostConfig.DeviceCgroupRules HostConfig.DeviceRequests HostConfig.KernelMemory
        HostConfig.KernelMemoryTCP HostConfig.MemoryReservation HostConfig.MemorySwap HostConfig.MemorySwappiness HostConfig.NanoCpus
        HostConfig.OomKillDisable HostConfig.Init HostConfig.PidsLimit HostConfig.Ulimits HostConfig.CpuCount HostConfig.CpuPercent
        HostConfig.IOMaximumIOps HostConfig.IOMaximumBandwidth HostConfig.Binds HostConfig.ContainerIDFile HostConfig.LogConfig
        HostConfig.NetworkMode HostConfig.PortBindings HostConfig.RestartPolicy HostConfig.AutoRemove HostConfig.VolumeDriver
        HostConfig.VolumesFrom HostConfig.Mounts HostConfig.ConsoleSize HostConfig.Annotations HostConfig.CapAdd HostConfig.CapDrop
        HostConfig.CgroupnsMode HostConfig.Dns HostConfig.DnsOptions HostConfig.DnsSearch HostConfig.ExtraHosts HostConfig.GroupAdd
        HostConfig.IpcMode HostConfig.Cgroup HostConfig.Links HostConfig.OomScoreAdj HostConfig.PidMode HostConfig.Privileged
        HostConfig.PublishAllPorts HostConfig.ReadonlyRootfs HostConfig.SecurityOpt HostConfig.StorageOpt HostConfig.Tmpfs HostConfig.UTSMode
        HostConfig.UsernsMode HostConfig.ShmSize HostConfig.Sysctls HostConfig.Runtime HostConfig.Isolation HostConfig.MaskedPaths
        HostConfig.ReadonlyPaths
        """;

    private static string Tests { get; } = Path.Combine(Repository.Root, "tests");

    private static string[][] Rows { get; } =
    [
        .. File.ReadLines(Path.Combine(Tests, "ContainerKit.IntegrationTests", "DockerOptions.md"))
            .Where(line => line.StartsWith("| Config.", StringComparison.Ordinal) || line.StartsWith("| HostConfig.", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries)),
    ];

    [Fact]
    public void Every_option_of_docker_has_one_row()
        => Assert.Equal(Options.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal), Rows.Select(row => row[0]).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_row_names_a_test_or_a_reason()
        => DependencyTests.Check([.. Rows.Where(row => row.Length != 3 || !ProofPattern().IsMatch(row[2])).Select(row => string.Join(" | ", row))]);

    [Fact]
    public void Tests_of_the_table_exist()
    {
        Dictionary<string, string> classes = new(StringComparer.Ordinal);
        foreach (string file in Repository.SourceFiles(Tests))
        {
            // Classes of different projects may have the same name.
            string name = Path.GetFileNameWithoutExtension(file);
            classes[name] = classes.GetValueOrDefault(name) + File.ReadAllText(file);
        }

        DependencyTests.Check(
        [
            .. Rows.SelectMany(row => TestPattern().Matches(row[2]).Select(match => (Option: row[0], Class: match.Groups[1].Value, Test: match.Groups[2].Value)))
                .Where(named => !classes.TryGetValue(named.Class, out string? text) || !Regex.IsMatch(text, $@"public (async )?(Task|void) {named.Test}\("))
                .Select(named => $"{named.Option}: {named.Class}.{named.Test}"),
        ]);
    }

    /// <summary>Properties of the spec that a row names exist, so that the table is right about C# as well.</summary>
    [Fact]
    public void Properties_of_the_table_exist()
        => DependencyTests.Check(
        [
            .. Rows.Where(row => !row[2].StartsWith("other part", StringComparison.Ordinal))
                .SelectMany(row => NamePattern().Matches(row[1]).Select(match => (Option: row[0], Name: match.Groups[1].Value)))
                .Where(named => typeof(ContainerSpec).GetMember(named.Name).Length == 0 && typeof(Container).GetMember(named.Name).Length == 0)
                .Select(named => $"{named.Option}: {named.Name}"),
        ]);

    [GeneratedRegex(@"^(`\w+\.\w+`(, )?)+$|^(refused|other part): .{5,}$")]
    private static partial Regex ProofPattern();

    [GeneratedRegex(@"`(\w+)\.(\w+)`")]
    private static partial Regex TestPattern();

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex NamePattern();
}
