namespace ContainerKit;

/// <summary>Something that happens in a build. Steps of different stages may overlap; events come from any thread, those of a step in their order.</summary>
public abstract record BuildEvent
{
    private protected BuildEvent()
    {
    }
}
