using System.Net;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>Which addresses belong to a registry, and which others it may send a client to.</summary>
/// <param name="origin">Scheme, host and port of the registry.</param>
/// <param name="allowPlainHttp">True where the user allows connections without TLS beyond this machine.</param>
internal sealed class HostBoundary(Uri origin, bool allowPlainHttp)
{
    public Uri Origin { get; } = origin;

    public static bool IsLoopback(string host)
        => host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <summary>True for the registry itself: scheme, host and port.</summary>
    public bool IsOwn(Uri uri)
        => uri.IsAbsoluteUri && uri.Scheme == Origin.Scheme && uri.Port == Origin.Port && uri.IdnHost.Equals(Origin.IdnHost, StringComparison.OrdinalIgnoreCase);

    /// <summary>Where a Location header leads.</summary>
    /// <exception cref="RegistryException">Nowhere, or where a client must not go: from TLS to plain HTTP, or to plain HTTP elsewhere unless that is allowed.</exception>
    public Uri Follow(Uri from, Uri? location)
    {
        string source = RegistryAnswer.Redact(from)!;
        if (location is null || !Uri.TryCreate(from, location, out Uri? target))
        {
            throw new RegistryException($"{source}: the registry redirects without an address.", url: source);
        }

        bool isHttp = target.Scheme == Uri.UriSchemeHttp;
        if (!isHttp && target.Scheme != Uri.UriSchemeHttps)
        {
            throw new RegistryException($"{source}: the registry redirects to an address of the scheme {target.Scheme}.", url: source);
        }

        if (isHttp && from.Scheme == Uri.UriSchemeHttps)
        {
            throw new RegistryException($"{source}: the registry redirects to {RegistryAnswer.Redact(target)}, which is not protected by TLS.", url: source);
        }

        return !isHttp || allowPlainHttp || IsOwn(target) || IsLoopback(target.Host)
            ? target
            : throw new RegistryException($"{source}: the registry redirects to {RegistryAnswer.Redact(target)}, where plain HTTP is not allowed.", url: source);
    }

    /// <summary>Where a link leads that must stay with the registry.</summary>
    /// <exception cref="RegistryException">Elsewhere.</exception>
    public Uri FollowOwn(Uri from, string link)
        => Uri.TryCreate(from, link, out Uri? target) && IsOwn(target)
            ? target
            : throw new RegistryException($"{RegistryAnswer.Redact(from)}: the registry links to another host.", url: RegistryAnswer.Redact(from));

    /// <summary>The address of a token server: credentials go there by TLS, or to the registry's own host where that has none either.</summary>
    /// <exception cref="RegistryException">It is none, or not protected.</exception>
    public Uri RequireTokenRealm(string? realm)
    {
        if (!Uri.TryCreate(realm, UriKind.Absolute, out Uri? uri) || uri.UserInfo.Length > 0)
        {
            throw new RegistryException($"{Origin.Authority}: the registry names no address of a token server.", url: RegistryAnswer.Redact(Origin));
        }

        bool isProtected = uri.Scheme == Uri.UriSchemeHttps;
        bool isSameHost = uri.Scheme == Uri.UriSchemeHttp && Origin.Scheme == Uri.UriSchemeHttp
            && uri.IdnHost.Equals(Origin.IdnHost, StringComparison.OrdinalIgnoreCase);
        return isProtected || isSameHost
            ? uri
            : throw new RegistryException(
                $"{Origin.Authority}: the token server {RegistryAnswer.Redact(uri)} is neither protected by TLS nor on the registry's host; no credentials were sent.",
                url: RegistryAnswer.Redact(uri));
    }
}
