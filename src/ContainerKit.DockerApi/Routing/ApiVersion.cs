using System.Globalization;

namespace ContainerKit.DockerApi.Routing;

/// <summary>A version of the Docker Engine API, such as 1.44. All have the major version 1.</summary>
internal readonly record struct ApiVersion(int Minor) : IComparable<ApiVersion>
{
    /// <summary>The oldest that is spoken.</summary>
    internal static readonly ApiVersion Oldest = new(24);

    /// <summary>The newest that is spoken; paths without a version mean this one.</summary>
    internal static readonly ApiVersion Newest = new(51);

    public int CompareTo(ApiVersion other) => Minor.CompareTo(other.Minor);

    /// <summary>True from 1.<paramref name="minor"/> on.</summary>
    internal bool IsAtLeast(int minor) => Minor >= minor;

    /// <summary>Reads <c>v1.44</c>; false for anything that is no version at all.</summary>
    internal static bool TryParse(ReadOnlySpan<char> text, out int major, out int minor)
    {
        major = minor = 0;
        int dot = text.IndexOf('.');
        return dot > 1
            && text[0] == 'v'
            && int.TryParse(text[1..dot], NumberStyles.None, CultureInfo.InvariantCulture, out major)
            && int.TryParse(text[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out minor);
    }

    /// <exception cref="ApiException">It is outside of what is spoken; the words are Docker's, clients look for them.</exception>
    internal static ApiVersion Negotiate(int major, int minor)
    {
        var version = new ApiVersion(minor);
        if (major > 1 || (major == 1 && version.CompareTo(Newest) > 0))
            throw ApiException.BadRequest($"client version {major}.{minor} is too new. Maximum supported API version is {Newest}");
        if (major < 1 || version.CompareTo(Oldest) < 0)
            throw ApiException.BadRequest($"client version {major}.{minor} is too old. Minimum supported API version is {Oldest}, please upgrade your client to a newer version");
        return version;
    }

    public override string ToString() => $"1.{Minor.ToString(CultureInfo.InvariantCulture)}";
}
