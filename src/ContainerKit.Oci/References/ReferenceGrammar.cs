using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ContainerKit.Oci;

/// <summary>The character rules of references, each check returning what is wrong or null. Linear in the length, without regular expressions.</summary>
internal static class ReferenceGrammar
{
    private const int MaxTagLength = 128;
    private const int MaxRepositoryLength = 255;
    private const int ImageIdLength = 64;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>True for 64 lower-case hex digits: Docker refuses them as names, since they mean an image id.</summary>
    public static bool IsImageId(string text) => text.Length == ImageIdLength && !text.AsSpan().ContainsAnyExcept(LowerHex);

    /// <summary>True where the part before the first slash is a registry rather than a path component.</summary>
    public static bool StartsWithRegistry(string name)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            return false;
        }

        ReadOnlySpan<char> first = name.AsSpan(0, slash);
        return first.ContainsAny('.', ':') || first is "localhost" || first.ContainsAnyInRange('A', 'Z');
    }

    public static string? CheckTag(string tag)
    {
        if (tag.Length is 0 or > MaxTagLength)
        {
            return $"a tag has 1 to {MaxTagLength} characters, this one {tag.Length}";
        }

        return (char.IsAsciiLetterOrDigit(tag[0]) || tag[0] == '_') && tag.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-')
            ? null
            : $"the tag \"{tag}\" may only have letters, digits, \"_\", \".\" and \"-\", and begins with none of the last two";
    }

    public static string? CheckRegistry(string registry)
    {
        string host = registry;
        string? port = null;
        int colon = registry.LastIndexOf(':');
        if (colon > registry.LastIndexOf(']'))
        {
            host = registry[..colon];
            port = registry[(colon + 1)..];
        }

        if (port is not null && (port.Length == 0 || !port.All(char.IsAsciiDigit)
            || !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            return $"the registry \"{registry}\" has a bad port";
        }

        bool valid = host.StartsWith('[') ? IsBracketedIPv6(host) : host.Split('.').All(IsDomainComponent);
        return valid ? null : $"the registry \"{registry}\" is neither a host name nor an address";
    }

    public static string? CheckRepository(string repository)
    {
        if (repository.Length > MaxRepositoryLength)
        {
            return $"the repository name is longer than {MaxRepositoryLength} characters";
        }

        if (repository.AsSpan().ContainsAnyInRange('A', 'Z'))
        {
            return $"the repository name \"{repository}\" must be lower case";
        }

        return repository.Split('/').All(IsPathComponent)
            ? null
            : $"the repository name \"{repository}\" may only have lower-case letters and digits, separated by \".\", \"_\", \"__\", dashes and \"/\"";
    }

    private static bool IsBracketedIPv6(string host)
        => host.EndsWith(']')
            && !host.AsSpan().ContainsAny('%', '/')
            && IPAddress.TryParse(host.AsSpan(1, host.Length - 2), out IPAddress? address)
            && address.AddressFamily == AddressFamily.InterNetworkV6;

    private static bool IsDomainComponent(string component)
        => component.Length > 0
            && component.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
            && component[0] != '-'
            && component[^1] != '-';

    /// <summary>Runs of lower-case letters and digits, separated by one dot, one or two underscores, or any number of dashes.</summary>
    private static bool IsPathComponent(string component)
    {
        int position = 0;
        while (true)
        {
            int word = CountWhile(component, position, c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c));
            if (word == 0)
            {
                return false;
            }

            position += word;
            if (position == component.Length)
            {
                return true;
            }

            char separator = component[position];
            int run = CountWhile(component, position, c => c == separator);
            bool allowed = separator switch
            {
                '.' => run == 1,
                '_' => run <= 2,
                '-' => true,
                _ => false,
            };
            if (!allowed)
            {
                return false;
            }

            position += run;
        }
    }

    private static int CountWhile(string text, int start, Func<char, bool> condition)
    {
        int end = start;
        while (end < text.Length && condition(text[end]))
        {
            end++;
        }

        return end - start;
    }
}
