using System.Globalization;
using Xunit;

namespace ContainerKit.Tests.Containers;

public class ContainerSpecTests : EngineTest
{
    public static TheoryData<string, ContainerSpec> BadSpecs => new()
    {
        { "Name 'a b'", Spec.WithName("a b") },
        { "Name '-x'", Spec.WithName("-x") },
        { "Name 'x'", Spec.WithName("x") },
        { "Environment 'A=B'", Spec.WithEnvironment("A=B", "c") },
        { "Environment ''", Spec.WithEnvironment("", "c") },
        { "Command", Spec.WithCommand("a\0b") },
        { "User 'a:b:c'", Spec.WithUser("a:b:c") },
        { "AdditionalGroups ''", Spec.WithGroups("") },
        { "WorkingDirectory 'tmp'", Spec.WithWorkingDirectory("tmp") },
        { "Hostname 'a b'", Spec.WithHostname("a b") },
        { "bind source '/does/not/exist'", Spec.WithBind("/does/not/exist", "/x") },
        { "bind target 'x'", Spec.WithBind("/", "x") },
        { "bind target '/a/../b'", Spec.WithBind("/", "/a/../b") },
        { "bind target '//'", Spec.WithBind("/", "//") },
        { "tmpfs target '/x/'", Spec.WithBind("/", "/x").WithTmpfs("/x/") },
        { "tmpfs size of /x", Spec.WithTmpfs("/x", new ByteSize(0)) },
        { "MemoryLimit '1MiB'", Spec.WithMemoryLimit(ByteSize.MiB(1)) },
        { "CpuLimit '0'", Spec.WithCpuLimit(0) },
        { "CpuLimit 'NaN'", Spec.WithCpuLimit(double.NaN) },
        { "PidsLimit '0'", Spec.WithPidsLimit(0) },
        { "Ulimits 'files'", Spec.WithUlimit("files", 1) },
        { "Ulimits nofile '2:1'", Spec.WithUlimit("nofile", 2, 1) },
        { "Ulimits nofile '-1:1'", Spec.WithUlimit("nofile", Ulimit.Unlimited, 1) },
        { "AddedCapabilities 'FLY'", Spec.WithAddedCapabilities("FLY") },
        { "DroppedCapabilities 'FLY'", Spec.WithDroppedCapabilities("FLY") },
        { "TerminalSize '0x80'", Spec.WithTerminal(new TerminalSize(0, 80)) },
        { "Network '7'", Spec.WithNetwork((NetworkMode)7) },
        { "StopSignal 'SIGNOT'", Spec.WithStopSignal("SIGNOT") },
        { "StopTimeout '-00:00:02'", Spec.WithStopTimeout(TimeSpan.FromSeconds(-2)) },
        { "Command ''", Spec.WithEntrypoint() },
        { "bind propagation of / '7'", Spec.WithBind(new BindMount("/", "/x") { Propagation = (MountPropagation)7 }) },
        { "bind propagation of /proc 'Shared'", Spec.WithBind(new BindMount("/proc", "/x") { Propagation = MountPropagation.Shared }) },
        { "tmpfs inodes of /x '0'", Spec.WithTmpfs(new TmpfsMount("/x") { Inodes = 0 }) },
        { "device '/dev/does-not-exist'", Spec.WithDevice("/dev/does-not-exist") },
        { "device '/etc/passwd'", Spec.WithDevice("/etc/passwd") },
        { "device ''", Spec.WithDevice("") },
        { "container path of device /dev/zero 'x'", Spec.WithDevice("/dev/zero", "x") },
        { "container path of device /dev/zero '/a/../b'", Spec.WithDevice("/dev/zero", "/a/../b") },
        { "permissions of device /dev/zero 'None'", Spec.WithDevice("/dev/zero", permissions: DevicePermissions.None) },
        { "DeviceRules 'c 1:3'", Spec.WithDeviceRule("c 1:3") },
        { "DeviceRules 'c 4096:3 r'", Spec.WithDeviceRule("c 4096:3 r") },
        { "DeviceRules 'x 1:3 r'", Spec.WithDeviceRule("x 1:3 r") },
        { "DeviceRules 'c 1:3 rr'", Spec.WithDeviceRule("c 1:3 rr") },
        { "MaskedPaths 'x'", Spec.WithMaskedPaths("x") },
        { "MaskedPaths '/'", Spec.WithMaskedPaths("/") },
        { "ReadOnlyPaths '/a/../b'", Spec.WithReadOnlyPaths("/a/../b") },
        { "SeccompProfile '{}'", Spec.WithSeccompProfile("{}") },
        { "SeccompProfile 'default.json'", Spec.WithSeccompProfile("default.json") },
        { "AppArmorProfile 'a b'", Spec.WithAppArmorProfile("a b") },
        { "MemoryAndSwapLimit '8MiB'", Spec.WithMemoryAndSwapLimit(ByteSize.MiB(8)) },
        { "MemoryAndSwapLimit '8MiB'", Spec.WithMemoryLimit(ByteSize.MiB(9)).WithMemoryAndSwapLimit(ByteSize.MiB(8)) },
        { "MemoryReservation '1MiB'", Spec.WithMemoryReservation(ByteSize.MiB(1)) },
        { "MemoryReservation '9MiB'", Spec.WithMemoryLimit(ByteSize.MiB(8)).WithMemoryReservation(ByteSize.MiB(9)) },
        { "MemorySwappiness '101'", Spec.WithMemorySwappiness(101) },
        { "OomKillDisabled 'True'", Spec.WithOomKillDisabled() },
        { "CpuShares '1'", Spec.WithCpuShares(1) },
        { "CpuQuota '00:00:00'", Spec.WithCpuQuota(TimeSpan.Zero) },
        { "CpuQuota '00:00:01'", Spec.WithCpuLimit(1).WithCpuQuota(TimeSpan.FromSeconds(1)) },
        { "CpuPeriod '00:00:02'", Spec.WithCpuQuota(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)) },
        { "CpuRealtimeRuntime '00:00:02'", Spec.WithCpuRealtime(TimeSpan.FromSeconds(2)) },
        { "CpuRealtimePeriod '00:00:02'", Spec.WithCpuRealtime(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)) },
        { "CpusetProcessors '1-'", Spec.WithCpuset("1-") },
        { "CpusetProcessors '0,9999'", Spec.WithCpuset("0,9999") },
        { "CpusetMemoryNodes 'x'", Spec.WithCpuset(null, "x") },
        { "IoWeight '1001'", Spec.WithIoWeight(1001) },
        { "IoDeviceWeights '/dev/null'", Spec.WithIoDeviceWeight("/dev/null", 100) },
        { "IoThrottles '/dev/does-not-exist'", Spec.WithIoThrottle(new IoThrottle("/dev/does-not-exist")) },
        { "HugePageLimits '2'", Spec.WithHugePageLimit("2", ByteSize.MiB(2)) },
        { "HugePageLimits 2MB '-1B'", Spec.WithHugePageLimit("2MB", new ByteSize(-1)) },
        { "UserNamespace '0'", Spec.WithUserNamespace(0) },
        { "UserNamespace count '0'", Spec.WithUserNamespace(1, 0) },
        { "UserNamespace count '2'", Spec.WithUserNamespace(uint.MaxValue - 1, 2) },
        { "UserNamespace '1'", Spec.WithUserNamespace(1).WithPrivileged() },
        { "UserNamespace '1'", Spec.WithUserNamespace(1).WithPidNamespace(NamespaceMode.Host) },
        { "UserNamespace '1'", Spec.WithUserNamespace(1).WithNetwork(NetworkMode.Host) },
        { "StdinOnce 'True'", Spec with { StdinOnce = true } },
        { "Domainname 'a b'", Spec.WithDomainname("a b") },
        { "Hostname 'x'", Spec.WithHostname("x").WithUtsNamespace(NamespaceMode.Host) },
        { "Hostname 'x'", Spec.WithHostname("x").WithNetworkOf("y") },
        { "Domainname 'x'", Spec.WithDomainname("x").WithUtsNamespace(NamespaceMode.Host) },
        { "PidNamespace 'none'", Spec.WithPidNamespace(NamespaceMode.None) },
        { "PidNamespace 'container:'", Spec.WithPidNamespace(NamespaceMode.OfContainer("")) },
        { "IpcNamespace 'host'", Spec.WithIpcNamespace(NamespaceMode.Host with { Container = "x" }) },
        { "UtsNamespace 'container:x'", Spec.WithUtsNamespace(NamespaceMode.OfContainer("x")) },
        { "CgroupNamespace 'shareable'", Spec.WithCgroupNamespace(NamespaceMode.Shareable) },
        { "NetworkContainer ''", Spec.WithNetworkOf("") },
        { "NetworkContainer 'x'", Spec.WithNetworkOf("x").WithNetwork(NetworkMode.None) },
        { "SharedMemorySize '0B'", Spec.WithSharedMemorySize(new ByteSize(0)) },
        { "SharedMemorySize '1MiB'", Spec.WithSharedMemorySize(ByteSize.MiB(1)).WithIpcNamespace(NamespaceMode.None) },
        { "OomScoreAdjustment '1001'", Spec.WithOomScoreAdjustment(1001) },
        { "Annotations ''", Spec.WithAnnotation("", "x") },
        { "Sysctls 'kernel.panic'", Spec.WithSysctl("kernel.panic", "1") },
        { "Sysctls 'vm/swappiness'", Spec.WithSysctl("vm/swappiness", "1") },
        { "Sysctls 'net/../kernel/panic'", Spec.WithSysctl("net/../kernel/panic", "1") },
        { "Sysctls 'net'", Spec.WithSysctl("net", "1") },
        { "Sysctls net.ipv4.ip_forward ''", Spec.WithSysctl("net.ipv4.ip_forward", "") },
        { "Sysctls 'net.ipv4.ip_forward'", Spec.WithSysctl("net.ipv4.ip_forward", "1").WithNetwork(NetworkMode.Host) },
        { "Sysctls 'fs.mqueue.msg_max'", Spec.WithSysctl("fs.mqueue.msg_max", "1").WithIpcNamespace(NamespaceMode.Host) },
    };

    [Theory]
    [MemberData(nameof(BadSpecs), DisableDiscoveryEnumeration = true)]
    public async Task A_bad_value_is_named_before_anything_exists(string message, ContainerSpec spec)
    {
        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => Containers.CreateAsync(spec, Token));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Empty(ListFiles());
    }

    [Theory]
    [InlineData("SIGTERM", 15)]
    [InlineData("term", 15)]
    [InlineData("9", 9)]
    [InlineData("SIGRTMIN+3", 37)]
    [InlineData("RTMAX-1", 63)]
    [InlineData("SYS", 31)]
    public async Task Stop_signals_are_read_by_name_and_number(string name, int number)
    {
        Runtime.Script = process =>
        {
            process.OnSignal = signal => process.Exit(signal);
            return Task.CompletedTask;
        };
        await using Container container = await Containers.StartAsync(Spec.WithStopSignal(name), Token);
        await container.StopAsync(cancellationToken: Token);
        Assert.Equal([number], Runtime.LastProcess.Signals);
    }

    [Fact]
    public void With_methods_return_copies_and_leave_the_base_alone()
    {
        ContainerSpec more = Spec.WithEnvironment("A", "1").WithLabel("b", "2").WithBind("/", "/x").WithCommand("a", "b");
        Assert.Empty(Spec.Environment);
        Assert.Empty(Spec.Binds);
        Assert.Null(Spec.Command);
        Assert.Equal("1", more.WithEnvironment("C", "3").Environment["A"]);
        Assert.Equal(["a", "b"], more.Command!.Value);
        Assert.Equal("10", more.StopTimeout.TotalSeconds.ToString(CultureInfo.InvariantCulture));
    }
}
