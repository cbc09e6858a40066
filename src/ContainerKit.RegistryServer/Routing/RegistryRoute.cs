namespace ContainerKit.RegistryServer.Routing;

/// <summary>What a path of the specification's table of endpoints asks for.</summary>
internal enum RouteKind
{
    /// <summary><c>/v2/</c></summary>
    Base,

    /// <summary><c>/v2/_catalog</c></summary>
    Catalog,

    /// <summary><c>/v2/NAME/blobs/DIGEST</c></summary>
    Blob,

    /// <summary><c>/v2/NAME/blobs/uploads/</c></summary>
    Uploads,

    /// <summary><c>/v2/NAME/blobs/uploads/ID</c></summary>
    Upload,

    /// <summary><c>/v2/NAME/manifests/REFERENCE</c></summary>
    Manifest,

    /// <summary><c>/v2/NAME/tags/list</c></summary>
    Tags,

    /// <summary><c>/v2/NAME/referrers/DIGEST</c></summary>
    Referrers,
}

/// <summary>A path that was understood.</summary>
/// <param name="Kind">What it asks for.</param>
/// <param name="Repository">The repository, by the grammar; empty where there is none.</param>
/// <param name="Reference">The last part, as it was sent; empty where there is none.</param>
internal readonly record struct RegistryRoute(RouteKind Kind, string Repository = "", string Reference = "")
{
    private const string Root = "/v2";

    /// <summary>Reads a path, from its end: words such as <c>blobs</c> may be part of a name.</summary>
    /// <returns>Null where no endpoint has the path.</returns>
    /// <exception cref="RegistryFault">The name breaks the grammar.</exception>
    internal static RegistryRoute? Parse(string path)
    {
        if (path is Root or Root + "/")
            return new RegistryRoute(RouteKind.Base);
        if (!path.StartsWith(Root + "/", StringComparison.Ordinal))
            return null;
        string rest = path[(Root.Length + 1)..];
        if (rest is "_catalog")
            return new RegistryRoute(RouteKind.Catalog);
        int last = rest.LastIndexOf('/');
        if (last <= 0)
            return null;
        string reference = rest[(last + 1)..];
        ReadOnlySpan<char> head = rest.AsSpan(0, last);
        if (reference.Length == 0)
            return Match(head, "/blobs/uploads", RouteKind.Uploads, reference);
        if (reference == "uploads" && head.EndsWith("/blobs"))
            return Match(head, "/blobs", RouteKind.Uploads, "");
        return Match(head, "/blobs/uploads", RouteKind.Upload, reference)
            ?? Match(head, "/blobs", RouteKind.Blob, reference)
            ?? Match(head, "/manifests", RouteKind.Manifest, reference)
            ?? Match(head, "/referrers", RouteKind.Referrers, reference)
            ?? (reference == "list" ? Match(head, "/tags", RouteKind.Tags, "") : null);
    }

    private static RegistryRoute? Match(ReadOnlySpan<char> head, string ending, RouteKind kind, string reference)
    {
        if (!head.EndsWith(ending))
            return null;
        string name = head[..^ending.Length].ToString();
        return RegistryGrammar.IsName(name) ? new RegistryRoute(kind, name, reference) : throw RegistryFault.NameInvalid();
    }
}
