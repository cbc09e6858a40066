namespace ContainerKit.Linux.Launching;

/// <summary>A 64-bit cell in a program's data.</summary>
internal readonly struct LaunchVariable
{
    private readonly long _address;
    private readonly string _name;

    internal LaunchVariable(long address, string name)
    {
        _address = address;
        _name = name;
    }

    /// <summary>Its address, for a call that writes into it.</summary>
    internal LaunchArgument Address => LaunchArgument.Address(_address, "&" + _name);

    /// <summary>Its value at run time.</summary>
    internal LaunchArgument Value => LaunchArgument.Indirect(_address, _name);
}
