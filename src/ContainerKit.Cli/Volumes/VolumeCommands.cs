using System.Collections.Immutable;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.SystemCommands;

namespace ContainerKit.Cli.Volumes;

/// <summary><c>ckit volume</c>.</summary>
internal static class VolumeCommands
{
    private static readonly Listing<VolumeInfo> List = new(
        volume => volume.Name,
        ("Driver", "DRIVER", volume => volume.Driver),
        ("Name", "VOLUME NAME", volume => volume.Name))
    {
        Further = [("Mountpoint", volume => volume.MountPoint), ("Labels", volume => string.Join(',', volume.Labels.Select(label => $"{label.Key}={label.Value}"))), ("Scope", _ => "local")],
    };

    public static Command Create(CommandConsole console) => new("volume", "Volumes")
    {
        Commands =
        [
            InspectCommand.Create(console, "volume"),
            new("ls", "List volumes")
            {
                Aliases = ["list"],
                MaximumArguments = 0,
                Options = [.. Listing<VolumeInfo>.Options, FilterOption.Option],
                Handler = (invocation, token) => EngineSession.RunAsync(
                    invocation,
                    async engine =>
                    {
                        await List.WriteAsync(invocation, console.Output, await engine.Volumes.ListAsync(FilterOption.Read(invocation), token).ConfigureAwait(false)).ConfigureAwait(false);
                        return 0;
                    },
                    token),
            },
            new("create", "Create a volume", "[NAME]")
            {
                MaximumArguments = 1,
                Options = [new("driver", 'd', "string", "The driver (default local)"), new("label", null, "list", "A label, name=value"), new("opt", 'o', "list", "An option of the driver, name=value")],
                Handler = (invocation, token) => EngineSession.RunAsync(
                    invocation,
                    async engine =>
                    {
                        var spec = new VolumeSpec
                        {
                            Name = invocation.Arguments.Count > 0 ? invocation.Arguments[0] : null,
                            Driver = invocation.Value("driver") ?? VolumeSpec.LocalDriver,
                            Labels = Pairs(invocation, "label"),
                            DriverOptions = Pairs(invocation, "opt"),
                        };
                        await console.Output.WriteLineAsync((await engine.Volumes.CreateAsync(spec, token).ConfigureAwait(false)).Name).ConfigureAwait(false);
                        return 0;
                    },
                    token),
            },
            new("rm", "Remove volumes", "VOLUME [VOLUME...]")
            {
                Aliases = ["remove"],
                MinimumArguments = 1,
                Handler = (invocation, token) => EngineSession.RunAsync(
                    invocation,
                    engine => EngineSession.EachAsync(console, invocation.Arguments, async name =>
                    {
                        await (await engine.Volumes.GetAsync(name, token).ConfigureAwait(false)).RemoveAsync(token).ConfigureAwait(false);
                        return name;
                    }),
                    token),
            },
            new("prune", "Remove volumes that no container uses")
            {
                MaximumArguments = 0,
                Options = [FilterOption.Option, Confirmation.Option, new("all", 'a', null, "Also those that were given a name")],
                Handler = (invocation, token) => EngineSession.RunAsync(
                    invocation,
                    async engine =>
                    {
                        FilterSet filters = FilterOption.Read(invocation);
                        if (invocation.IsSet("all"))
                            filters = filters.With("all", "true");
                        await Confirmation.RequireAsync(invocation, console, "This removes volumes that no container uses, and what is in them.").ConfigureAwait(false);
                        VolumePruneReport report = await engine.Volumes.PruneAsync(filters, token).ConfigureAwait(false);
                        foreach (string name in report.RemovedNames)
                            await console.Output.WriteLineAsync(name).ConfigureAwait(false);
                        await console.Output.WriteLineAsync($"Total reclaimed space: {HumanText.Size(report.ReclaimedBytes)}").ConfigureAwait(false);
                        return 0;
                    },
                    token),
            },
        ],
    };

    private static ImmutableSortedDictionary<string, string> Pairs(CommandInvocation invocation, string flag)
        => invocation.Values(flag).Select(SpecReader.Pair).ToImmutableSortedDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);
}
