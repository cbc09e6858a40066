namespace ContainerKit.Linux.Netlink;

/// <summary>A chain of nf_tables; without a hook it is one that others jump to.</summary>
/// <param name="Name">Its name in its table.</param>
public sealed record FilterChain(string Name)
{
    /// <summary>Where it is called; null: only by other chains.</summary>
    public FilterHook? Hook { get; init; }

    /// <summary>Lower ones are called sooner: -100 before destination NAT, 0 filters, 100 source NAT; for bridges -300 and upward.</summary>
    public int Priority { get; init; }

    /// <summary>The kernel's word for what it may do: filter, nat, route.</summary>
    public string Type { get; init; } = "filter";
}
