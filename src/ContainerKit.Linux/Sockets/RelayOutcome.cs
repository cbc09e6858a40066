namespace ContainerKit.Linux.Sockets;

/// <summary>How a direction's turn has ended.</summary>
internal enum RelayOutcome
{
    /// <summary>It waits for one of its sockets.</summary>
    Waiting,

    /// <summary>There is more to move, after the others had their turn.</summary>
    HasMore,

    /// <summary>Everything was moved, and the end passed on.</summary>
    Ended,

    /// <summary>A connection broke.</summary>
    Broken,
}
