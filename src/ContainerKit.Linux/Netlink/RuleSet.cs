namespace ContainerKit.Linux.Netlink;

/// <summary>A set of nf_tables, or a map: keys, and values for them. Looking one up takes the same time however many there are.</summary>
/// <param name="Name">Its name in its table.</param>
/// <param name="KeyLength">Bytes of a key: of several fields, each is filled up to a multiple of four.</param>
public sealed record RuleSet(string Name, int KeyLength)
{
    /// <summary>Bytes of a value, each field filled up as in keys; null: a set has none.</summary>
    public int? ValueLength { get; init; }

    /// <summary>True: a value is a verdict.</summary>
    public bool HasVerdicts { get; init; }
}
