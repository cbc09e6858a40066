namespace ContainerKit;

/// <summary>An instruction of a build that is under way.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Total">How many instructions are done at most; stages that are not needed don't count.</param>
/// <param name="Stage">The stage's name, or its number.</param>
/// <param name="Text">The instruction, as it is written.</param>
/// <param name="Line">Its line in the Dockerfile.</param>
public sealed record BuildStep(int Number, int Total, string Stage, string Text, int Line);
