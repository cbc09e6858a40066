namespace ContainerKit;

/// <summary>A command wrote something.</summary>
/// <param name="Step">The step of the command.</param>
/// <param name="Stream">Where it wrote to.</param>
/// <param name="Data">What, in pieces as they came; a piece may end in the middle of a character.</param>
public sealed record BuildOutputEvent(BuildStep Step, LogStream Stream, ReadOnlyMemory<byte> Data) : BuildEvent;
