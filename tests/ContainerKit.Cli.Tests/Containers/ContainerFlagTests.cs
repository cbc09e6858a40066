using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Session;
using ContainerKit.DockerApi.Contracts;
using Xunit;

namespace ContainerKit.Cli.Tests.Containers;

public sealed class ContainerFlagTests : IDisposable
{
    private readonly ProcessSignals _signals = new(listen: false);

    public void Dispose() => _signals.Dispose();

    [Fact]
    public void The_flags_of_run_become_what_docker_sends()
    {
        CreateContainerBody body = Read(
            "-it", "--rm", "-p", "127.0.0.1:8080:80/udp", "-p", "9000-9001:90-91", "-p", "[::1]::53", "-e", "A=b", "-v", "/srv:/data:ro", "-v", "named:/n", "-v", "/anonymous", "--mount", "type=tmpfs,dst=/t,tmpfs-size=1m",
            "-m", "64m", "--cpus", "1.5", "--ulimit", "nofile=1:2", "--add-host", "h:::1", "--network", "net", "--network-alias", "alias", "--ip", "10.0.0.9", "--network", "name=other,alias=o", "--restart", "on-failure:3",
            "--cap-drop", "ALL", "--health-cmd", "true", "--health-interval", "1m", "-u", "1:2", "-w", "/w", "--entrypoint", "sh", "--device", "/dev/null:/dev/x:r", "--device-read-bps", "/dev/sda:1m",
            "--init", "image", "-c", "echo");

        Assert.Equal("image", body.Image);
        Assert.Equal(["-c", "echo"], body.Cmd!);
        Assert.Equal(["sh"], body.Entrypoint!);
        Assert.True(body is { Tty: true, OpenStdin: true, StdinOnce: true, AttachStdin: true, User: "1:2", WorkingDir: "/w" });
        Assert.Equal(["A=b"], body.Env!);
        Assert.Equal(["/anonymous"], body.Volumes!.Keys);
        Assert.Equal(["80/udp", "90/tcp", "91/tcp", "53/tcp"], body.ExposedPorts!.Keys);
        HostConfigBody host = body.HostConfig!;
        Assert.Equal([new PortBindingBody("127.0.0.1", "8080")], host.PortBindings!["80/udp"]!);
        Assert.Equal([new PortBindingBody("", "9001")], host.PortBindings["91/tcp"]!);
        Assert.Equal([new PortBindingBody("::1", "")], host.PortBindings["53/tcp"]!);
        Assert.Equal(["/srv:/data:ro", "named:/n"], host.Binds!);
        Assert.Equal(("tmpfs", "/t", 1 << 20), (host.Mounts![0].Type, host.Mounts[0].Target, host.Mounts[0].TmpfsOptions!.SizeBytes));
        Assert.Equal((64L << 20, 1_500_000_000L, true), (host.Memory, host.NanoCpus, host.AutoRemove));
        Assert.Equal([new UlimitBody("nofile", 1, 2)], host.Ulimits!);
        Assert.Equal(["h:::1"], host.ExtraHosts!);
        Assert.Equal(new RestartPolicyBody("on-failure", 3), host.RestartPolicy);
        Assert.Equal([new DeviceBody("/dev/null", "/dev/x", "r")], host.Devices!);
        Assert.Equal([new ThrottleDeviceBody("/dev/sda", 1 << 20)], host.BlkioDeviceReadBps!);
        Assert.True(host.Init);
        Assert.Equal("net", host.NetworkMode);
        Assert.Equal(("10.0.0.9", "alias"), (body.NetworkingConfig!.EndpointsConfig!["net"]!.IPAMConfig!.IPv4Address, body.NetworkingConfig.EndpointsConfig["net"]!.Aliases![0]));
        Assert.Equal("o", body.NetworkingConfig.EndpointsConfig["other"]!.Aliases![0]);
        Assert.Equal(60_000_000_000, body.Healthcheck!.Interval);
        Assert.Equal(["CMD-SHELL", "true"], body.Healthcheck.Test!);
    }

    [Fact]
    public void Without_flags_nothing_is_asked_for()
    {
        CreateContainerBody body = Read("image");

        Assert.Null(body.Cmd);
        Assert.Null(body.NetworkingConfig);
        Assert.Null(body.Healthcheck);
        Assert.Null(body.HostConfig!.NetworkMode);
        Assert.Null(body.HostConfig.Init);
    }

    [Theory]
    [InlineData("-p", "80:90-91")]
    [InlineData("-p", "x")]
    [InlineData("-p", "70000")]
    [InlineData("-p", "80/icmp")]
    [InlineData("--mount", "type=bind,dst=/b")]
    [InlineData("--mount", "type=volume,dst=/b,nope=1")]
    [InlineData("--restart", "sometimes")]
    [InlineData("--network", "alias=x")]
    [InlineData("-m", "many")]
    [InlineData("--gpus", "all")]
    [InlineData("--ulimit", "nofile")]
    [InlineData("-a", "stdnone")]
    public void What_can_not_be_meant_is_refused(string flag, string value) => Assert.Throws<UsageException>(() => Read(flag, value, "image"));

    [Fact]
    public void Copies_go_where_docker_puts_them()
    {
        Assert.Equal(new CopyTarget("/there", "a"), CopyTarget.Decide(new CopySource("x/a/", true), "/there", targetIsDirectory: true, targetExists: true));
        Assert.Equal(new CopyTarget("/there", null), CopyTarget.Decide(new CopySource("x/a/.", true), "/there", targetIsDirectory: true, targetExists: true));
        Assert.Equal(new CopyTarget("/new", "b"), CopyTarget.Decide(new CopySource("a", false), "/new/b", targetIsDirectory: false, targetExists: false));
        Assert.Equal(new CopyTarget("/", "b"), CopyTarget.Decide(new CopySource("a", true), "/b/", targetIsDirectory: false, targetExists: false));
        Assert.Throws<IOException>(() => CopyTarget.Decide(new CopySource("a", false), "/b/", targetIsDirectory: false, targetExists: false));
        Assert.Throws<IOException>(() => CopyTarget.Decide(new CopySource("a", true), "/b", targetIsDirectory: false, targetExists: true));
    }

    private CreateContainerBody Read(params string[] arguments)
    {
        Command root = RootCommand.Create(new CommandConsole(TextWriter.Null, TextWriter.Null, _signals));
        return ContainerBodyReader.Read(CommandParser.Parse(root, ["run", .. arguments], out _)!, attached: true);
    }
}
