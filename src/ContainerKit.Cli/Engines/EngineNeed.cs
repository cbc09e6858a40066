namespace ContainerKit.Cli.Engines;

/// <summary>What a command needs of an engine on a data root.</summary>
internal enum EngineNeed
{
    /// <summary>A server if there is one, else the engine in this process: what is done is done when the command ends.</summary>
    Any,

    /// <summary>One that goes on after the command, for containers that do: a server is started in the background if there is none.</summary>
    Server,
}
