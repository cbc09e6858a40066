namespace ContainerKit.Linux.Launching;

/// <summary>A place in a program that jumps lead to; made by <see cref="LaunchProgramBuilder.DefineLabel"/>.</summary>
public readonly record struct LaunchLabel
{
    internal LaunchLabel(int id) => Id = id;

    internal int Id { get; }
}
