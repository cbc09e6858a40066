using System.Globalization;
using ContainerKit.IntegrationTests.Programs;
using ContainerKit.Linux.Security;
using Xunit;

namespace ContainerKit.IntegrationTests.Options;

/// <summary>Names, sysctls, shared memory, OOM score, groups, environment.</summary>
public sealed class KernelParameterTests(BusyboxFixture busybox) : OptionTest(busybox), IClassFixture<BusyboxFixture>
{
    [Fact]
    public async Task Host_and_domain_name_are_set()
        => Assert.Equal("box\nexample.org\n", await OutputAsync(Script("hostname; cat /proc/sys/kernel/domainname").WithHostname("box").WithDomainname("example.org")));

    [Fact]
    public async Task Parameters_of_the_network_and_of_ipc_are_set_in_the_container_only()
    {
        string before = await File.ReadAllTextAsync("/proc/sys/kernel/shmmni", Token);

        string inside = await OutputAsync(Script("cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni /proc/sys/fs/mqueue/msg_max")
            .WithSysctl("net.ipv4.ip_forward", "1").WithSysctl("kernel.shmmni", "333").WithSysctl("fs/mqueue/msg_max", "7"));

        Assert.Equal("1\n333\n7\n", inside);
        Assert.Equal(before, await File.ReadAllTextAsync("/proc/sys/kernel/shmmni", Token));
    }

    [Fact]
    public async Task Parameter_that_the_kernel_does_not_have_is_named()
    {
        ContainerStartException failure = await Assert.ThrowsAsync<ContainerStartException>(() => RunAsync(Script("true").WithSysctl("net.ipv4.no_such_thing", "1")));

        Assert.Contains("/proc/sys/net/ipv4/no_such_thing", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Network_parameter_is_refused_for_a_container_on_the_hosts_network()
    {
        await using Container host = await StartAsync(Busybox.Spec("sleep", "86400").WithNetwork(NetworkMode.Host));

        UnsupportedException refused = await Assert.ThrowsAsync<UnsupportedException>(() => RunAsync(Script("true").WithNetworkOf(host.Id).WithSysctl("net.ipv4.ip_forward", "1")));

        Assert.Contains("net/ipv4/ip_forward", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shared_memory_has_the_size_that_was_asked_for()
    {
        const string Size = "df -k /dev/shm | tail -n 1 | tr -s ' ' | busybox cut -d ' ' -f 2";

        Assert.Equal("65536\n", await OutputAsync(Script(Size)));
        Assert.Equal("1024\n", await OutputAsync(Script(Size).WithSharedMemorySize(ByteSize.MiB(1))));
    }

    [Fact]
    public async Task Out_of_memory_score_holds_for_the_command_and_for_further_ones()
    {
        await using Container container = await StartAsync(Script("cat /proc/self/oom_score_adj; sleep 86400").WithOomScoreAdjustment(777));

        await WaitForLineAsync(container, "777");
        Assert.Equal("777\n", await ShellAsync(container, "cat /proc/self/oom_score_adj"));
    }

    [Fact]
    public async Task Out_of_memory_score_can_be_lowered_with_the_capability_only()
    {
        int own = int.Parse(await File.ReadAllTextAsync("/proc/self/oom_score_adj", Token), CultureInfo.InvariantCulture);
        ContainerSpec spec = Script("cat /proc/self/oom_score_adj").WithOomScoreAdjustment(own - 1);
        if (Engine.IsRootless || !CapabilitySet.ReadCurrent().Bounding.Contains(Linux.Security.Capability.CAP_SYS_RESOURCE))
        {
            UnsupportedException refused = await Assert.ThrowsAsync<UnsupportedException>(() => RunAsync(spec));
            Assert.Contains("OomScoreAdjustment", refused.Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal((own - 1).ToString(CultureInfo.InvariantCulture) + "\n", await OutputAsync(spec));
    }

    [Fact]
    public async Task Further_groups_are_given_or_refused_with_the_reason()
    {
        ContainerSpec spec = Script("id -G").WithGroups("media", "2002");
        if (!Busybox.MapsUsers)
        {
            UnsupportedException refused = await Assert.ThrowsAsync<UnsupportedException>(() => RunAsync(spec));
            Assert.Contains("AdditionalGroups 'media'", refused.Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal("0 2000 2002\n", await OutputAsync(spec));
    }

    [Fact]
    public async Task Environment_comes_from_entries_and_files()
    {
        string file = Path.Combine(Busybox.Directory, "variables");
        await File.WriteAllTextAsync(file, "# a comment\n\nFROM_FILE=a b=c\nPATH\nNOT_SET_ANYWHERE_HERE\n", Token);

        string output = await OutputAsync(Script("echo $FROM_FILE; echo $ENTRY; echo ${GONE-gone}; echo ${NOT_SET_ANYWHERE_HERE-gone}")
            .WithEnvironmentFile(file).WithEnvironment("PATH", "/bin").WithEnvironment("GONE", "1").WithEnvironmentEntries("ENTRY=x=y", "GONE"));

        Assert.Equal("a b=c\nx=y\ngone\ngone\n", output);
    }
}
