namespace ContainerKit.Runtime;

/// <summary>What a runtime did ahead for the next container of an id; disposing it undoes that.</summary>
internal interface IPreparedContainer : IAsyncDisposable
{
    /// <summary>The waiting process, in its namespaces.</summary>
    int Pid { get; }

    /// <summary>True: it has a root already, so it is good for containers of that image only.</summary>
    bool IsForOneImage { get; }

    /// <summary>True when a container like this can be started from it; then it starts sooner.</summary>
    bool Accepts(RuntimeSpec spec);
}
