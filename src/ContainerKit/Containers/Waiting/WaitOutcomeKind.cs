namespace ContainerKit.Containers.Waiting;

/// <summary>The ways in which a wait ends.</summary>
internal enum WaitOutcomeKind
{
    Ready,

    /// <summary>The container ended.</summary>
    Ended,

    /// <summary>It can't become ready any more.</summary>
    Failed,

    TimedOut,
}
