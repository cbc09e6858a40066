using System.Text.RegularExpressions;

namespace ContainerKit.Builds.Parsing;

/// <summary>The directives at the top of a Dockerfile: any other comment, blank line or instruction ends them.</summary>
internal sealed partial class DirectiveReader(string file)
{
    private bool _isOver;

    public string? Syntax { get; private set; }

    public string? Escape { get; private set; }

    public string? Check { get; private set; }

    /// <summary>Looks at a line.</summary>
    /// <returns>True for a directive.</returns>
    /// <exception cref="BuildException">One that is there twice, or an escape that is neither of the two.</exception>
    public bool Read(string line, int number)
    {
        if (_isOver)
        {
            return false;
        }
        Match match = Pattern().Match(line);
        string name = match.Groups["name"].Value.ToLowerInvariant();
        if (!match.Success || name is not ("syntax" or "escape" or "check"))
        {
            _isOver = true;
            return false;
        }
        string value = match.Groups["value"].Value;
        string? old = name switch
        {
            "syntax" => Syntax,
            "escape" => Escape,
            _ => Check,
        };
        if (old is not null)
        {
            throw new BuildException($"The directive {name} may be given only once.", file, number, 1, line);
        }
        switch (name)
        {
            case "syntax":
                Syntax = value;
                break;
            case "check":
                Check = value;
                break;
            default:
                Escape = value is "\\" or "`" ? value : throw new BuildException($"The directive escape has the value '{value}': expected \\ or `.", file, number, 1, line);
                break;
        }
        return true;
    }

    [GeneratedRegex(@"^#[ \t]*(?<name>[a-zA-Z][a-zA-Z0-9]*)[ \t]*=[ \t]*(?<value>\S(?:.*\S)?)[ \t]*$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Pattern();
}
