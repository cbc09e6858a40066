using ContainerKit.Cli.Engines;

namespace ContainerKit.Cli.Contexts;

/// <summary>An engine with a name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Description">What its user wrote about it.</param>
/// <param name="Host">Where it is, as <see cref="EngineAddress.Parse"/> reads it.</param>
/// <param name="SkipTlsVerify">True: whoever answers is taken for it.</param>
internal sealed record EngineContext(string Name, string Description, string Host, bool SkipTlsVerify)
{
    public TlsFiles? Tls { get; init; }

    public EngineAddress Address => EngineAddress.Parse(Host, Tls);
}
