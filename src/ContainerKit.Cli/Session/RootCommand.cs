using ContainerKit.Cli.Builds;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Completion;
using ContainerKit.Cli.Compose;
using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Contexts;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Images;
using ContainerKit.Cli.Networks;
using ContainerKit.Cli.Registries;
using ContainerKit.Cli.Registry;
using ContainerKit.Cli.Serve;
using ContainerKit.Cli.SystemCommands;
using ContainerKit.Cli.Volumes;

namespace ContainerKit.Cli.Session;

/// <summary>Everything that ckit can do.</summary>
internal static class RootCommand
{
    public static Command Create(CommandConsole console)
        => new Command("ckit", "Containers, images, networks and volumes; the engine is in this process, there is no daemon unless one is wanted.")
        {
            Options = EngineChoice.Options,
            Commands =
            [
                .. ContainerCommands.Create(console),
                ContainerListing.Create(console),
                ContainerGroup.Create(console),
                .. ImageCommands.Create(console),
                ImageListing.Create(console),
                ImageGroup.Create(console),
                ImageGroup.CreateBuilder(console),
                BuildCommand.Create(console),
                ComposeCommand.Create(console),
                NetworkCommands.Create(console),
                VolumeCommands.Create(console),
                InspectCommand.Create(console),
                EventsCommand.Create(console),
                InfoCommand.Create(console),
                SystemCommand.Create(console),
                .. LoginCommands.Create(console),
                ContextCommands.Create(console),
                CompletionCommand.Create(console),
                CompletionCommand.CreateAnswer(console),
                ServeCommand.Create(console),
                DataRootServeCommand.Create(console.Output),
                RegistryCommand.Create(console),
                VersionCommand.Create(console),
            ],
        }.Adopt();
}
