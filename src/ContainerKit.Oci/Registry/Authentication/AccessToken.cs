namespace ContainerKit.Oci.Registry.Authentication;

/// <summary>What a token server granted.</summary>
/// <param name="Value">Sent as it is.</param>
/// <param name="Expires">From then on it is not used any more.</param>
internal sealed record AccessToken(string Value, DateTimeOffset Expires);
