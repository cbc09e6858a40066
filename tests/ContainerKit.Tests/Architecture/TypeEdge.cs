namespace ContainerKit.Tests.Architecture;

/// <summary>One type that uses another.</summary>
/// <param name="From">Full name of the top-level type that uses.</param>
/// <param name="To">Full name of the top-level type that is used.</param>
/// <param name="Member">Where: a member, or the type's own declaration.</param>
internal sealed record TypeEdge(string From, string To, string Member)
{
    public override string ToString() => $"{From} uses {To} in {Member}";
}
