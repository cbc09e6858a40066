namespace ContainerKit.Runtime;

/// <summary>What a runtime did ahead for the next container of an id; disposing it undoes that.</summary>
internal interface IPreparedContainer : IAsyncDisposable
{
    /// <summary>True when a container like this can be started from it; then it starts sooner.</summary>
    bool Accepts(RuntimeSpec spec);
}
