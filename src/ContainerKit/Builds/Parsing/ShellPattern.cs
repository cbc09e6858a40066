using System.Text;

namespace ContainerKit.Builds.Parsing;

/// <summary>The shell's patterns <c>*</c>, <c>?</c> and <c>\x</c> in parameter expansions.</summary>
internal static class ShellPattern
{
    /// <summary>Steps that a replacement may take: patterns of many stars would keep us busy for hours.</summary>
    private const long MaxSteps = 200_000_000;

    public static string RemovePrefix(string value, string pattern, bool greedy)
        => Longest(value, Parse(pattern), greedy) is { } length ? value[length..] : value;

    public static string RemoveSuffix(string value, string pattern, bool greedy)
    {
        List<(char Char, bool IsAny, bool IsOne)> parts = Parse(pattern);
        parts.Reverse();
        char[] reversed = value.ToCharArray();
        Array.Reverse(reversed);
        return Longest(new string(reversed), parts, greedy) is { } length ? value[..^length] : value;
    }

    public static string Replace(string value, string pattern, string replacement, bool all)
    {
        List<(char Char, bool IsAny, bool IsOne)> parts = Parse(pattern);
        if (parts.Count == 0)
        {
            return value;
        }
        if ((long)value.Length * value.Length * parts.Count > MaxSteps && parts.Exists(part => part.IsAny))
        {
            throw new FormatException("A value is too long for a pattern with *.");
        }
        var result = new StringBuilder();
        for (int start = 0; start < value.Length;)
        {
            if (Longest(value[start..], parts, greedy: true) is { } length and > 0)
            {
                result.Append(replacement);
                start += length;
                if (!all)
                {
                    return result.Append(value, start, value.Length - start).ToString();
                }
            }
            else
            {
                result.Append(value[start++]);
            }
            if (result.Length > WordExpander.MaxLength)
            {
                throw new FormatException($"A value grows beyond {WordExpander.MaxLength} characters.");
            }
        }
        return result.ToString();
    }

    /// <summary>The length of the longest or shortest prefix that matches; null for none. All states of the pattern at once, so time is bounded.</summary>
    private static int? Longest(string value, List<(char Char, bool IsAny, bool IsOne)> pattern, bool greedy)
    {
        if ((long)value.Length * pattern.Count > MaxSteps)
        {
            throw new FormatException("A value is too long for this pattern.");
        }
        bool[] states = new bool[pattern.Count + 1];
        bool[] next = new bool[pattern.Count + 1];
        states[0] = true;
        int? found = null;
        for (int i = 0; ; i++)
        {
            bool isAlive = false;
            for (int state = 0; state < pattern.Count; state++)
            {
                isAlive |= states[state];
                if (states[state] && pattern[state].IsAny)
                {
                    states[state + 1] = true;
                }
            }
            if (states[pattern.Count])
            {
                found = i;
                if (!greedy)
                {
                    return found;
                }
            }
            if (i == value.Length || !isAlive)
            {
                return found;
            }
            Array.Clear(next);
            for (int state = 0; state < pattern.Count; state++)
            {
                if (!states[state])
                {
                    continue;
                }
                if (pattern[state].IsAny)
                {
                    next[state] = true;
                }
                else if (pattern[state].IsOne || pattern[state].Char == value[i])
                {
                    next[state + 1] = true;
                }
            }
            (states, next) = (next, states);
        }
    }

    private static List<(char Char, bool IsAny, bool IsOne)> Parse(string pattern)
    {
        var parts = new List<(char, bool, bool)>();
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            if (c == '\\' && i + 1 < pattern.Length)
            {
                parts.Add((pattern[++i], false, false));
            }
            else
            {
                parts.Add((c, c == '*', c == '?'));
            }
        }
        return parts;
    }
}
