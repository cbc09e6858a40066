namespace ContainerKit.Benchmarks.Comparison;

/// <summary>Somebody who takes part in a comparison, whatever is compared. Calls never overlap; disposal removes what of it is left.</summary>
internal interface IComparedPeer : IAsyncDisposable
{
    /// <summary>The name in tables and RATIO lines.</summary>
    string Name { get; }

    /// <summary>Whether it is the engine of this repository: the one that the others are compared with.</summary>
    bool IsOurs => false;

    /// <summary>Its version, known after preparation.</summary>
    string Version { get; }

    /// <summary>What a reader has to know about how it was measured, known after preparation.</summary>
    IReadOnlyList<string> Notes { get; }
}
