using System.Text;

namespace ContainerKit.Oci.Registry.Authentication;

/// <summary>How a server wants to be shown who is asking: one challenge of a WWW-Authenticate header (RFC 9110 section 11).</summary>
/// <param name="Scheme">For instance <c>Bearer</c>.</param>
/// <param name="Parameters">By name, without regard to case.</param>
internal sealed record AuthenticationChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    private const int MaxHeaderLength = 16 * 1024;
    private const int MaxChallenges = 8;

    public bool IsBearer => Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase);

    public bool IsBasic => Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase);

    /// <summary>A parameter, or null.</summary>
    public string? this[string name] => Parameters.GetValueOrDefault(name);

    /// <summary>Reads what a server sent. What is malformed is left out, since other challenges may do.</summary>
    public static IReadOnlyList<AuthenticationChallenge> Parse(IEnumerable<string> headers)
    {
        var challenges = new List<AuthenticationChallenge>();
        foreach (string header in headers.Where(header => header.Length <= MaxHeaderLength))
        {
            ParseHeader(header, challenges);
        }

        return challenges;
    }

    private static void ParseHeader(string header, List<AuthenticationChallenge> challenges)
    {
        Dictionary<string, string>? current = null;
        for (int position = 0; position < header.Length && challenges.Count < MaxChallenges;)
        {
            string word = ReadToken(header, ref position);
            if (word.Length == 0)
            {
                // A separator, or something that belongs nowhere.
                position++;
                continue;
            }

            int next = SkipSpaces(header, position);
            if (next < header.Length && header[next] == '=' && current is not null)
            {
                position = SkipSpaces(header, next + 1);
                current.TryAdd(word, ReadValue(header, ref position));
            }
            else
            {
                current = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
                challenges.Add(new AuthenticationChallenge(word, current));
            }
        }
    }

    private static string ReadValue(string header, ref int position)
    {
        if (position >= header.Length || header[position] != '"')
        {
            return ReadToken(header, ref position);
        }

        var value = new StringBuilder();
        for (position++; position < header.Length && header[position] != '"'; position++)
        {
            if (header[position] == '\\' && position + 1 < header.Length)
            {
                position++;
            }

            value.Append(header[position]);
        }

        position++;
        return value.ToString();
    }

    private static string ReadToken(string header, ref int position)
    {
        int start = position;
        while (position < header.Length && header[position] is > ' ' and < '\x7F' and not (',' or '=' or '"' or ';'))
        {
            position++;
        }

        return header[start..position];
    }

    private static int SkipSpaces(string header, int position)
    {
        while (position < header.Length && header[position] is ' ' or '\t')
        {
            position++;
        }

        return position;
    }
}
