using System.Text;

namespace ContainerKit.Builds.Contexts;

/// <summary>What a .dockerignore leaves out of a context. The last rule that matches a path or one of its parents decides.</summary>
internal sealed class IgnoreRules
{
    /// <summary>More than anybody writes; every path is matched with all of them.</summary>
    private const int MaxRules = 10_000;

    private readonly List<(GlobPattern Pattern, bool Includes)> _rules = [];

    /// <summary>Nothing is left out.</summary>
    public static IgnoreRules None { get; } = new();

    public bool IsEmpty => _rules.Count == 0;

    /// <summary>Parses a file.</summary>
    /// <exception cref="BuildException">A rule is malformed.</exception>
    public static IgnoreRules Parse(ReadOnlySpan<byte> content, string name)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        string[] lines = Encoding.UTF8.GetString(content.StartsWith(mark) ? content[3..] : content).Split('\n');
        return Parse(lines, name);
    }

    /// <summary>As the other overload, for lines, such as the values of --exclude.</summary>
    public static IgnoreRules Parse(IReadOnlyList<string> lines, string name)
    {
        var rules = new IgnoreRules();
        for (int i = 0; i < lines.Count; i++)
        {
            string line = lines[i];
            // Only in the first column: "  #x" is a file's name.
            if (line.StartsWith('#') || line.AsSpan().Trim().IsEmpty)
            {
                continue;
            }
            string pattern = line.Trim();
            bool includes = pattern.StartsWith('!');
            pattern = includes ? pattern[1..].Trim() : pattern;
            if (pattern.Length == 0)
            {
                throw new BuildException("A lone '!' excludes nothing from being ignored.", name, i + 1, 1, line);
            }
            if (rules._rules.Count == MaxRules)
            {
                throw new BuildException($"There are more than {MaxRules} rules.", name, i + 1, 1);
            }
            try
            {
                rules._rules.Add((GlobPattern.Parse(ContextPath.Clean(pattern).TrimStart('/'), doubleStars: true), includes));
            }
            catch (FormatException e)
            {
                throw new BuildException(e.Message, name, i + 1, 1, line, e);
            }
        }
        return rules;
    }

    /// <summary>True when a path is left out. A directory that is left out may still have entries that are not.</summary>
    /// <param name="path">Relative to the context, without leading or trailing slashes.</param>
    public bool IsIgnored(string path)
    {
        bool ignored = false;
        foreach ((GlobPattern pattern, bool includes) in _rules)
        {
            if (includes == ignored && pattern.IsMatchWithParents(path))
            {
                ignored = !includes;
            }
        }
        return ignored;
    }

    /// <summary>False: nothing below the directory, which is left out itself, can be brought back.</summary>
    public bool MayIncludeBelow(string directory)
        => _rules.Exists(rule => rule.Includes && MayMatchBelow(rule.Pattern.Text, directory));

    private static bool MayMatchBelow(string pattern, string directory)
    {
        int special = pattern.AsSpan().IndexOfAny('*', '?', '[');
        special = special < 0 ? pattern.IndexOf('\\', StringComparison.Ordinal) : special;
        string fixedPart = special < 0 ? pattern + "/" : pattern[..special];
        string below = directory + "/";
        return below.StartsWith(fixedPart, StringComparison.Ordinal) || fixedPart.StartsWith(below, StringComparison.Ordinal);
    }
}
