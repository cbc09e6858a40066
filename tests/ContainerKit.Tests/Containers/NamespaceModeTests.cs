using ContainerKit.Linux.Namespaces;
using ContainerKit.Runtime;
using ContainerKit.Runtime.Namespaces;
using Xunit;

namespace ContainerKit.Tests.Containers;

public class NamespaceModeTests : EngineTest
{
    [Theory]
    [InlineData("", "private")]
    [InlineData("private", "private")]
    [InlineData("host", "host")]
    [InlineData("shareable", "shareable")]
    [InlineData("none", "none")]
    [InlineData("container:db", "container:db")]
    public void Dockers_forms_are_read_and_written(string text, string expected) => Assert.Equal(expected, NamespaceMode.Parse(text).ToString());

    [Theory]
    [InlineData("container:")]
    [InlineData("Host")]
    [InlineData("pod")]
    public void Other_texts_are_refused(string text)
        => Assert.Contains($"'{text}'", Assert.Throws<FormatException>(() => NamespaceMode.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Names_become_ids_when_the_container_is_created()
    {
        await using Container owner = await Containers.StartAsync(Spec.WithName("owner").WithIpcNamespace(NamespaceMode.Shareable), Token);

        await using Container guest = await Containers.StartAsync(
            Spec.WithPidNamespace(NamespaceMode.OfContainer("owner")).WithIpcNamespace(NamespaceMode.OfContainer(owner.ShortId)).WithNetworkOf("owner"), Token);

        Assert.Equal((owner.Id, owner.Id, owner.Id), (guest.Spec.PidNamespace.Container, guest.Spec.IpcNamespace.Container, guest.Spec.NetworkContainer));
        RuntimeSpec spec = Runtime.Started.Last();
        var expected = new RuntimeNamespace(RuntimeNamespaceKind.Container, owner.Id, Runtime.Processes.First().Identity);
        Assert.Equal(new RuntimeNamespaces { ProcessIds = expected, Ipc = expected, Network = expected }, spec.Namespaces);
        Assert.Equal(owner.ShortId, spec.Hostname);
    }

    [Fact]
    public async Task Modes_survive_in_the_configuration_file()
    {
        Container created = await Containers.CreateAsync(Spec.WithPidNamespace(NamespaceMode.Host).WithIpcNamespace(NamespaceMode.None).WithInit(), Token);
        await using ContainerEngine other = await OpenAsync(new FakeRuntime());

        ContainerSpec read = (await other.Containers.GetAsync(created.Id, Token)).Spec;

        Assert.Equal((NamespaceMode.Host, NamespaceMode.None, NamespaceMode.Private, true), (read.PidNamespace, read.IpcNamespace, read.UtsNamespace, read.Init));
    }

    [Theory]
    [InlineData("net.ipv4.ip_forward", "net/ipv4/ip_forward", NamespaceKinds.CLONE_NEWNET)]
    [InlineData("net/ipv4/conf/eth0.100/forwarding", "net/ipv4/conf/eth0.100/forwarding", NamespaceKinds.CLONE_NEWNET)]
    [InlineData("net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding", NamespaceKinds.CLONE_NEWNET)]
    [InlineData("kernel.shmmax", "kernel/shmmax", NamespaceKinds.CLONE_NEWIPC)]
    [InlineData("fs.mqueue.msg_max", "fs/mqueue/msg_max", NamespaceKinds.CLONE_NEWIPC)]
    public void Sysctl_names_are_read_as_sysctl_does(string name, string path, NamespaceKinds kind)
    {
        Assert.Equal(path, NamespacedSysctl.PathOf(name));
        Assert.Equal(kind, NamespacedSysctl.KindOf(path));
    }

    [Theory]
    [InlineData("net")]
    [InlineData(".net.x")]
    [InlineData("net..x")]
    [InlineData("net/./x")]
    [InlineData("net.ipv4.//.x")]
    public void Sysctl_names_that_leave_their_directory_are_none(string name) => Assert.Null(NamespacedSysctl.PathOf(name));
}
