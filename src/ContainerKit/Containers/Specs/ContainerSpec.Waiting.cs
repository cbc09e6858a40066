using System.Text.Json.Serialization;

namespace ContainerKit;

/// <content>When it counts as ready.</content>
public sealed partial record ContainerSpec
{
    /// <summary>
    /// What <see cref="ContainerCollection.StartAsync"/> and <see cref="Container.StartAsync"/> wait for before they return; null: the program runs, and that
    /// is enough. It may hold code of the caller, so it is not kept on disk: a handle that another process opens does not know it.
    /// </summary>
    [JsonIgnore]
    public WaitStrategy? Readiness { get; init; }

    /// <summary>
    /// Makes starting the container take until it is ready, as in <c>WaitFor(Wait.ForPort(5432))</c>. When it was called before, both are waited for.
    /// </summary>
    public ContainerSpec WaitFor(WaitStrategy strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return this with { Readiness = Readiness is null ? strategy : Wait.All(Readiness, strategy) };
    }
}
