using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Traffic;

/// <summary>The engine of this repository.</summary>
internal sealed class ContainerKitTraffic : ITrafficPeer
{
    private ContainerEngine? _engine;

    public string Name => "containerkit";

    public async Task<TrafficPlaces> StartAsync(Workspace workspace, string archive, CancellationToken cancellationToken)
    {
        _engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = workspace.CreateDirectory("containerkit-traffic") }, cancellationToken);
        Image image = await _engine.Images.ImportAsync(archive, cancellationToken: cancellationToken);
        Network network = await _engine.Networks.CreateAsync("traffic", cancellationToken);
        ContainerSpec spec = ContainerSpec.FromImage(image).WithNetwork(network).WithStopTimeout(TimeSpan.Zero);
        Container stream = await _engine.Containers.StartAsync(spec.WithCommand("/bin/iperf3", "-s").WithPort(5201), cancellationToken);
        Container redis = await _engine.Containers.StartAsync(spec.WithCommand("/bin/redis-server", "--save", "", "--protected-mode", "no").WithName("target").WithPort(6379), cancellationToken);
        Container client = await _engine.Containers.StartAsync(spec.WithCommand("/bin/sleep", "100000"), cancellationToken);
        ContainerInfo info = await client.InspectAsync(cancellationToken);
        return new TrafficPlaces(info.Networks[0].IPv4Gateway!, stream.GetHostEndpoint(5201).Port, redis.GetHostEndpoint(6379).Port, info.ProcessId!.Value, "target");
    }

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
    }
}
