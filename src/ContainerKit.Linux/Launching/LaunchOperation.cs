namespace ContainerKit.Linux.Launching;

/// <summary>An operation of a program that is being built; lets later operations use its result.</summary>
public readonly struct LaunchOperation
{
    private readonly LaunchProgramBuilder _builder;

    internal LaunchOperation(LaunchProgramBuilder builder, int index)
    {
        _builder = builder;
        Index = index;
    }

    /// <summary>Position in the program, from 0.</summary>
    public int Index { get; }

    /// <summary>The operation's result at run time, as an argument: what the call returned, or minus errno where that is tolerated.</summary>
    public LaunchArgument Result => LaunchArgument.Indirect(_builder.ResultAddress(Index), $"%{Index}");

    /// <summary>Lets the program go on when the call fails with one of these (three at most).</summary>
    /// <param name="errors">One to three error numbers.</param>
    /// <returns>This operation.</returns>
    public LaunchOperation Tolerate(params ReadOnlySpan<Errno> errors)
    {
        _builder.Tolerate(Index, errors);
        return this;
    }

    /// <summary>Lets the program go on however the call fails.</summary>
    /// <returns>This operation.</returns>
    public LaunchOperation TolerateAll()
    {
        _builder.TolerateAll(Index);
        return this;
    }
}
