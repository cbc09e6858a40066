namespace ContainerKit.Containers;

/// <summary>What a follower of a log waited for.</summary>
internal enum LogChange
{
    /// <summary>There is more in the file that was read last.</summary>
    Grown,

    /// <summary>That file is full, or there was none: there are newer ones.</summary>
    Rotated,

    /// <summary>Nothing more will come.</summary>
    Ended,
}
