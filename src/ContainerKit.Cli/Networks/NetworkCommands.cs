using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.SystemCommands;

namespace ContainerKit.Cli.Networks;

/// <summary><c>ckit network</c>.</summary>
internal static class NetworkCommands
{
    private static readonly Listing<NetworkInfo> List = new(
        network => network.Id[..12],
        ("ID", "NETWORK ID", network => network.Id[..12]),
        ("Name", "NAME", network => network.Name),
        ("Driver", "DRIVER", network => network.Driver),
        ("Scope", "SCOPE", _ => "local"))
    {
        Further = [("Labels", network => string.Join(',', network.Labels.Select(label => $"{label.Key}={label.Value}"))), ("Internal", network => network.IsInternal ? "true" : "false")],
    };

    public static Command Create(CommandConsole console) => new("network", "Networks")
    {
        Commands =
        [
            InspectCommand.Create(console, "network"),
            new("ls", "List networks")
            {
                Aliases = ["list"],
                MaximumArguments = 0,
                Options = [.. Listing<NetworkInfo>.Options, FilterOption.Option],
                Handler = (invocation, token) => EngineSession.RunAsync(
                    invocation,
                    async engine =>
                    {
                        await List.WriteAsync(invocation, console.Output, await engine.Networks.ListAsync(FilterOption.Read(invocation), token).ConfigureAwait(false)).ConfigureAwait(false);
                        return 0;
                    },
                    token),
            },
            new("create", "Create a network", "NAME")
            {
                MinimumArguments = 1,
                MaximumArguments = 1,
                Options =
                [
                    new("driver", 'd', "string", "bridge, macvlan or ipvlan (default bridge)"), new("gateway", null, "string", "The gateway of the subnet"), new("internal", null, null, "No way out, and none in"),
                    new("ip-range", null, "string", "The part of the subnet that addresses are chosen from"), new("ipv6", null, null, "Containers have IPv6 addresses as well"),
                    new("label", null, "list", "A label, name=value"), new("opt", 'o', "list", "An option of the driver, name=value"), new("subnet", null, "string", "The subnet, as in 10.5.0.0/24"),
                ],
                Handler = (invocation, token) => EngineSession.RunAsync(
                    invocation,
                    async engine =>
                    {
                        Network network = await engine.Networks.CreateAsync(Read(invocation), token).ConfigureAwait(false);
                        await console.Output.WriteLineAsync(network.Keep().Id).ConfigureAwait(false);
                        return 0;
                    },
                    token),
            },
            new("rm", "Remove networks", "NETWORK [NETWORK...]")
            {
                Aliases = ["remove"],
                MinimumArguments = 1,
                Handler = (invocation, token) => EngineSession.RunAsync(
                    invocation,
                    engine => EngineSession.EachAsync(console, invocation.Arguments, async name =>
                    {
                        await engine.Networks.RemoveAsync(name, token).ConfigureAwait(false);
                        return name;
                    }),
                    token),
            },
            new("connect", "Connect a container to a network", "NETWORK CONTAINER")
            {
                MinimumArguments = 2,
                MaximumArguments = 2,
                Options = [new("alias", null, "string", "A further name in the network")],
                Handler = (invocation, token) => WithAsync(invocation, (container, network) => container.ConnectAsync(network, invocation.Value("alias"), token), token),
            },
            new("disconnect", "Disconnect a container from a network", "NETWORK CONTAINER")
            {
                MinimumArguments = 2,
                MaximumArguments = 2,
                Handler = (invocation, token) => WithAsync(invocation, (container, network) => container.DisconnectAsync(network, token), token),
            },
            new("prune", "Remove networks that no container is connected to")
            {
                MaximumArguments = 0,
                Options = [FilterOption.Option, Confirmation.Option],
                Handler = (invocation, token) => EngineSession.RunAsync(
                    invocation,
                    async engine =>
                    {
                        await Confirmation.RequireAsync(invocation, console, "This removes all networks that no container is connected to.").ConfigureAwait(false);
                        foreach (string name in (await engine.Networks.PruneAsync(FilterOption.Read(invocation), token).ConfigureAwait(false)).Networks)
                            await console.Output.WriteLineAsync(name).ConfigureAwait(false);
                        return 0;
                    },
                    token),
            },
        ],
    };

    private static Task<int> WithAsync(CommandInvocation invocation, Func<Container, string, Task> work, CancellationToken cancellationToken)
        => EngineSession.RunAsync(
            invocation,
            async engine =>
            {
                await work(await engine.Containers.GetAsync(invocation.Arguments[1], cancellationToken).ConfigureAwait(false), invocation.Arguments[0]).ConfigureAwait(false);
                return 0;
            },
            cancellationToken);

    private static NetworkSpec Read(CommandInvocation invocation)
    {
        var spec = new NetworkSpec { Name = invocation.Arguments[0], IsInternal = invocation.IsSet("internal"), HasIPv6 = invocation.IsSet("ipv6") };
        if (invocation.Value("driver") is string driver)
            spec = spec.WithDriver(driver);
        if (invocation.Value("subnet") is string subnet)
            spec = spec.WithSubnet(subnet, invocation.Value("gateway"), invocation.Value("ip-range"));
        else if (invocation.Has("gateway") || invocation.Has("ip-range"))
            throw new UsageException("--gateway and --ip-range need a --subnet") { Command = invocation.Command };
        foreach (string label in invocation.Values("label"))
            spec = spec.WithLabel(SpecReader.Pair(label).Name, SpecReader.Pair(label).Value);
        foreach (string option in invocation.Values("opt"))
            spec = spec.WithOption(SpecReader.Pair(option).Name, SpecReader.Pair(option).Value);
        return spec;
    }
}
