using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.Cli.Containers;

/// <summary><c>ckit update</c>.</summary>
internal static class UpdateCommand
{
    private static readonly string[] Flags =
    [
        "blkio-weight", "cpu-period", "cpu-quota", "cpu-rt-period", "cpu-rt-runtime", "cpu-shares", "cpus", "cpuset-cpus", "cpuset-mems", "memory", "memory-reservation", "memory-swap", "pids-limit", "restart",
    ];

    public static Command Create(CommandConsole console) => new("update", "Change the limits and the restart policy of containers", "CONTAINER [CONTAINER...]")
    {
        MinimumArguments = 1,
        Options = [.. ContainerOptions.All.Where(option => Flags.Contains(option.Name))],
        Handler = (invocation, token) => ClientSession.RunAsync(
            invocation,
            client =>
            {
                if (!Flags.Any(invocation.Has))
                    throw new UsageException("you must provide one or more flags when using this command") { Command = invocation.Command };
                if (invocation.Has("cpu-rt-period") || invocation.Has("cpu-rt-runtime"))
                    throw new UsageException("--cpu-rt-period and --cpu-rt-runtime are not supported") { Command = invocation.Command };
                ResourcesBody body = Describe(HostConfigReader.ReadResources(invocation)) with { RestartPolicy = RestartFlag.Read(invocation) };
                return EngineSession.EachAsync(console, invocation.Arguments, async name =>
                {
                    JsonNode? answer = await client.PostAsync($"/containers/{DockerClient.Escape(name)}/update", DockerClient.Json(body, ContainerJson.Default.ResourcesBody), token).ConfigureAwait(false);
                    foreach (JsonNode warning in answer.Items("Warnings"))
                        await console.Error.WriteLineAsync(warning.GetValue<string>()).ConfigureAwait(false);
                    return name;
                });
            },
            token),
    };

    /// <summary>The part that update takes: not the whole configuration.</summary>
    private static ResourcesBody Describe(HostConfigBody flags) => new()
    {
        BlkioWeight = flags.BlkioWeight,
        CpuPeriod = flags.CpuPeriod,
        CpuQuota = flags.CpuQuota,
        CpuShares = flags.CpuShares,
        NanoCpus = flags.NanoCpus,
        CpusetCpus = flags.CpusetCpus,
        CpusetMems = flags.CpusetMems,
        Memory = flags.Memory,
        MemoryReservation = flags.MemoryReservation,
        MemorySwap = flags.MemorySwap,
        PidsLimit = flags.PidsLimit,
    };
}
