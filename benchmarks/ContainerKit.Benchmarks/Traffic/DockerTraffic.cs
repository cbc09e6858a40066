using System.Globalization;
using System.Net;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Benchmarks.Peers;

namespace ContainerKit.Benchmarks.Traffic;

/// <summary>Docker, in the network namespace of this process.</summary>
internal sealed class DockerTraffic : ITrafficPeer
{
    private static readonly string[] s_containers = ["stream", "target", "client"];

    private DockerDaemons? _daemons;

    public string Name => "docker";

    private ExternalCommand Client => _daemons?.Client ?? throw new InvalidOperationException("docker is not prepared");

    public async Task<TrafficPlaces> StartAsync(Workspace workspace, string archive, CancellationToken cancellationToken)
    {
        if (ExternalCommand.Find("docker") is not { } docker || ExternalCommand.Find("dockerd") is not { } dockerd || ExternalCommand.Find("containerd") is not { } containerd)
            throw new PlatformNotSupportedException("no docker, dockerd or containerd (apt-get install docker.io)");
        _daemons = await DockerDaemons.StartAsync(workspace, docker, dockerd, containerd, DockerNetwork.Shared, cancellationToken);
        await Client.With("import", archive, "traffic").CaptureSuccessAsync(cancellationToken);
        await Client.With("network", "create", "traffic").CaptureSuccessAsync(cancellationToken);
        await RunAsync(["--name", "stream", "--publish", "5301:5201"], ["/bin/iperf3", "-s"], cancellationToken);
        await RunAsync(["--name", "target", "--publish", "6479:6379"], ["/bin/redis-server", "--save", "", "--protected-mode", "no"], cancellationToken);
        await RunAsync(["--name", "client"], ["/bin/sleep", "100000"], cancellationToken);
        var gateway = await InspectAsync("{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}", cancellationToken);
        var pid = int.Parse(await InspectAsync("{{.State.Pid}}", cancellationToken), CultureInfo.InvariantCulture);
        return new TrafficPlaces(IPAddress.Parse(gateway), 5301, 6479, pid, "target");
    }

    public async ValueTask DisposeAsync()
    {
        if (_daemons is null)
            return;
        await Client.With(["rm", "--force", .. s_containers]).CaptureAsync();
        await _daemons.DisposeAsync();
    }

    private Task<string> RunAsync(string[] options, string[] command, CancellationToken cancellationToken)
        => Client.With(["run", "--detach", "--network", "traffic", .. options, "traffic", .. command]).CaptureSuccessAsync(cancellationToken);

    private Task<string> InspectAsync(string format, CancellationToken cancellationToken) => Client.With("inspect", "--format", format, "client").CaptureSuccessAsync(cancellationToken);
}
