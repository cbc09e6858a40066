using System.Globalization;
using ContainerKit.Linux.Security;
using Xunit;

namespace ContainerKit.IntegrationTests.Isolation;

/// <summary>What the kernel says about the privileges of processes inside.</summary>
[Collection(IsolationCollection.Name)]
public sealed class PrivilegeTests(IsolationFixture fixture)
{
    [Fact]
    public async Task Capabilities_are_the_default_fourteen()
    {
        Dictionary<string, string> command = await StatusOfCommandAsync(fixture.Spec);
        Dictionary<string, string> further = Parse(await fixture.ShellAsync("cat /proc/self/status"));

        foreach (Dictionary<string, string> status in new[] { command, further })
        {
            Assert.Equal(14, CapabilitySet.Default.Count);
            Assert.Equal(Available(CapabilitySet.Default), Mask(status, "CapPrm"));
            Assert.Equal(Available(CapabilitySet.Default), Mask(status, "CapEff"));
            Assert.Equal(CapabilitySet.Default.Mask, Mask(status, "CapBnd"));
            Assert.Equal((0UL, 0UL), (Mask(status, "CapInh"), Mask(status, "CapAmb")));
        }
    }

    [Fact]
    public async Task Ordinary_user_inside_has_no_capabilities()
    {
        Assert.SkipUnless(fixture.HasManyUsers, "missing capability: ids to map to users inside (/etc/subuid)");
        Dictionary<string, string> status = await StatusOfCommandAsync(fixture.Spec.WithUser("1000:1000"));

        Assert.Equal((0UL, 0UL, 0UL), (Mask(status, "CapPrm"), Mask(status, "CapEff"), Mask(status, "CapAmb")));
        Assert.Equal("2", status["Seccomp"]);
    }

    [Fact]
    public async Task Added_and_dropped_capabilities_are_honoured()
    {
        ContainerSpec spec = fixture.Spec.WithDroppedCapabilities("ALL").WithAddedCapabilities("NET_ADMIN", "CAP_CHOWN");

        Dictionary<string, string> status = await StatusOfCommandAsync(spec);

        CapabilitySet wanted = [Capability.CAP_NET_ADMIN, Capability.CAP_CHOWN];
        Assert.Equal((Available(wanted), wanted.Mask), (Mask(status, "CapEff"), Mask(status, "CapBnd")));
    }

    [Fact]
    public async Task System_calls_are_filtered_in_the_command_and_in_further_commands()
    {
        Assert.Equal("2", (await StatusOfCommandAsync(fixture.Spec))["Seccomp"]);
        Assert.Equal("2", Parse(await fixture.ShellAsync("cat /proc/self/status"))["Seccomp"]);
    }

    [Theory]
    [InlineData(true, "1")]
    [InlineData(false, "0")]
    public async Task New_privileges_are_forbidden_when_asked_for(bool asked, string expected)
    {
        Assert.SkipUnless(asked || Host("NoNewPrivs") == "0", "missing capability: starting without no_new_privs");

        await using Container container = await fixture.Engine.Containers.StartAsync(
            fixture.Spec.WithNoNewPrivileges(asked).WithCommand("sleep", "86400"), IsolationFixture.Token);
        ExecResult first = await container.ExecAsync(["cat", "/proc/1/status"], IsolationFixture.Token);
        ExecResult further = await container.ExecAsync(["cat", "/proc/self/status"], IsolationFixture.Token);

        Assert.Equal((expected, expected), (Parse(first.StandardOutput)["NoNewPrivs"], Parse(further.StandardOutput)["NoNewPrivs"]));
    }

    [Fact]
    public async Task Privileged_has_every_capability_and_no_filter()
    {
        Dictionary<string, string> status = await StatusOfCommandAsync(fixture.Spec.WithPrivileged());

        Assert.Equal((Available(CapabilitySet.All), Host("Seccomp")), (Mask(status, "CapEff"), status["Seccomp"]));
    }

    [Fact]
    public async Task Privileged_further_command_leaves_the_others_as_they_are()
    {
        ExecResult privileged = await fixture.Running.ExecAsync(ExecSpec.ForCommand("cat", "/proc/self/status").WithPrivileged(), IsolationFixture.Token);
        string next = await fixture.ShellAsync("cat /proc/self/status");

        Assert.Equal(Available(CapabilitySet.All), Mask(Parse(privileged.StandardOutput), "CapEff"));
        Assert.Equal(Available(CapabilitySet.Default), Mask(Parse(next), "CapEff"));
    }

    private async Task<Dictionary<string, string>> StatusOfCommandAsync(ContainerSpec spec)
    {
        ExecResult result = await fixture.Engine.Containers.RunAsync(spec.WithCommand("cat", "/proc/self/status"), cancellationToken: IsolationFixture.Token);
        Assert.Equal((0, ""), (result.ExitCode, result.StandardError));
        return Parse(result.StandardOutput);
    }

    /// <summary>Root can't give more than it has itself; a user namespace has all.</summary>
    private ulong Available(CapabilitySet wanted)
        => fixture.Engine.IsRootless ? wanted.Mask : wanted.Mask & ulong.Parse(Host("CapBnd"), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string Host(string field) => Parse(File.ReadAllText("/proc/self/status"))[field];

    private static ulong Mask(Dictionary<string, string> status, string field) => ulong.Parse(status[field], NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static Dictionary<string, string> Parse(string status)
        => status.Split('\n').Select(l => l.Split(':', 2)).Where(p => p.Length == 2).ToDictionary(p => p[0], p => p[1].Trim());
}
