using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Compose;
using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Images;
using ContainerKit.Cli.Networks;
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
            Options = [EngineSession.Option],
            Commands =
            [
                RunCommand.CreateRun(console),
                RunCommand.CreateCreate(console),
                ExecCommand.Create(console),
                .. ContainerCommands.Create(console),
                .. FileCommands.Create(console),
                .. ImageCommands.Create(console),
                BuildCommand.Create(console),
                ComposeCommand.Create(console),
                NetworkCommands.Create(console),
                VolumeCommands.Create(console),
                InspectCommand.Create(console),
                SystemCommand.Create(console),
                ServeCommand.Create(console),
                RegistryCommand.Create(console),
                VersionCommand.Create(console.Output),
            ],
        }.Adopt();
}
