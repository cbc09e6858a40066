using System.Net;

namespace ContainerKit.Benchmarks.Traffic;

/// <summary>Where the servers of a peer are.</summary>
/// <param name="Gateway">An address of the machine, which the kernel passes on.</param>
/// <param name="StreamPort">The published port of iperf3.</param>
/// <param name="RedisPort">The published port of redis.</param>
/// <param name="ClientPid">A process of a container in the same network, which asks for names.</param>
/// <param name="KnownName">The name of a container there.</param>
internal sealed record TrafficPlaces(IPAddress Gateway, int StreamPort, int RedisPort, int ClientPid, string KnownName);
