using System.Collections.Immutable;
using System.Text;

namespace ContainerKit.Builds.Parsing;

/// <summary>Reads a Dockerfile: directives, instructions, continuation lines, comments, here-documents. Hostile input ends with an error.</summary>
internal sealed class DockerfileParser
{
    /// <summary>What BuildKit's scanner takes, too.</summary>
    internal const int MaxLineBytes = 65535;

    internal const int MaxFileBytes = 64 << 20;

    /// <summary>More steps than any image can have layers, many times over.</summary>
    internal const int MaxInstructions = 20_000;

    private readonly string _name;
    private readonly IReadOnlyList<string> _lines;
    private readonly ImmutableArray<DockerfileInstruction>.Builder _instructions = ImmutableArray.CreateBuilder<DockerfileInstruction>();
    private readonly List<BuildWarning> _warnings = [];
    private char _escape = '\\';
    private int _next;

    private DockerfileParser(string name, IReadOnlyList<string> lines)
    {
        _name = name;
        _lines = lines;
    }

    /// <summary>Parses a file.</summary>
    /// <param name="content">UTF-8, with or without a byte order mark; lines end with LF or CRLF.</param>
    /// <param name="name">Its name in messages.</param>
    /// <exception cref="BuildException">It is malformed; names line and column.</exception>
    public static Dockerfile Parse(ReadOnlySpan<byte> content, string name)
    {
        if (content.Length > MaxFileBytes)
        {
            throw new BuildException($"The Dockerfile is larger than {MaxFileBytes >> 20} MiB.", name);
        }
        if (content.Contains((byte)0))
        {
            int line = content[..content.IndexOf((byte)0)].Count((byte)'\n') + 1;
            throw new BuildException("The Dockerfile holds a zero byte: it is no text.", name, line, 1);
        }
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        return Parse(Encoding.UTF8.GetString(content.StartsWith(mark) ? content[3..] : content), name);
    }

    /// <summary>Parses a file's text.</summary>
    public static Dockerfile Parse(string text, string name)
    {
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            lines[i] = lines[i].EndsWith('\r') ? lines[i][..^1] : lines[i];
        }
        // What follows the last newline is no line.
        var parser = new DockerfileParser(name, lines[^1].Length == 0 ? lines[..^1] : lines);
        return parser.Run();
    }

    /// <summary>Parses the instruction of an ONBUILD.</summary>
    public static DockerfileInstruction ParseTrigger(string text, char escape, string name, int line)
    {
        var parser = new DockerfileParser(name, []) { _escape = escape };
        return parser.ReadInstruction(text.Trim(), line, line);
    }

    private Dockerfile Run()
    {
        var directives = new DirectiveReader(_name);
        while (_next < _lines.Count)
        {
            int number = _next + 1;
            string line = Line(_next++);
            if (directives.Read(line, number))
            {
                _escape = directives.Escape?[0] ?? _escape;
                continue;
            }
            string trimmed = line.TrimStart();
            if (trimmed.Length == 0 || trimmed[0] == '#')
            {
                continue;
            }
            string joined = Join(trimmed);
            if (joined.Length == 0)
            {
                continue;
            }
            if (_instructions.Count == MaxInstructions)
            {
                throw new BuildException($"The Dockerfile has more than {MaxInstructions} instructions.", _name, number, 1);
            }
            _instructions.Add(ReadInstruction(joined, number, _next));
        }
        if (_instructions.Count == 0)
        {
            throw new BuildException("The Dockerfile has no instructions.", _name);
        }
        var file = new Dockerfile
        {
            Name = _name,
            Escape = _escape,
            Syntax = directives.Syntax,
            Check = directives.Check,
            Instructions = _instructions.DrainToImmutable(),
        };
        return file with { Warnings = [.. DockerfileLint.Run(file, _warnings)] };
    }

    private string Line(int index)
        => _lines[index].Length * 3 <= MaxLineBytes || Encoding.UTF8.GetByteCount(_lines[index]) <= MaxLineBytes
            ? _lines[index]
            : throw new BuildException($"The line is longer than {MaxLineBytes} bytes.", _name, index + 1, MaxLineBytes + 1);

    /// <summary>Appends continuation lines. Comments and blank lines between them are dropped.</summary>
    private string Join(string first)
    {
        if (!Continues(first, out string part))
        {
            return first.TrimEnd();
        }
        var text = new StringBuilder(part);
        while (_next < _lines.Count)
        {
            string line = Line(_next++);
            string trimmed = line.TrimStart();
            if (trimmed.StartsWith('#'))
            {
                continue;
            }
            if (trimmed.Length == 0)
            {
                _warnings.Add(new BuildWarning("NoEmptyContinuation", "An empty line in a continuation will be an error one day.", _next));
                continue;
            }
            bool goesOn = Continues(line, out part);
            text.Append(part);
            if (!goesOn)
            {
                break;
            }
        }
        return text.ToString().Trim();
    }

    /// <summary>An escape that is not escaped itself, and blanks behind it.</summary>
    private bool Continues(string line, out string part)
    {
        string trimmed = line.TrimEnd(' ', '\t');
        bool continues = trimmed.EndsWith(_escape) && !(trimmed.Length > 1 && trimmed[^2] == _escape);
        part = continues ? trimmed[..^1] : line;
        return continues;
    }

    private DockerfileInstruction ReadInstruction(string text, int line, int endLine)
    {
        int end = text.AsSpan().IndexOfAny(' ', '\t');
        string written = end < 0 ? text : text[..end];
        string keyword = written.ToUpperInvariant();
        if (!InstructionSyntax.Keywords.Contains(keyword))
        {
            string shown = written.Length > 40 ? written[..40] + "…" : written;
            throw new BuildException($"Unknown instruction {shown}.{Spelling.Hint(written, InstructionSyntax.Keywords)}", _name, line, 1, Shorten(text));
        }
        string rest = end < 0 ? "" : text[end..].Trim();
        (ImmutableArray<DockerfileFlag> flags, string arguments) = FlagReader.Read(rest);
        if (arguments.Length == 0 && !InstructionSyntax.MayBeEmpty(keyword))
        {
            throw new BuildException($"{keyword} needs arguments.", _name, line, written.Length + 1, Shorten(text));
        }
        ImmutableArray<string>? json = null;
        if (InstructionSyntax.HasJsonForm(keyword) && arguments.StartsWith('['))
        {
            json = JsonForm.Parse(arguments, out bool holdsOthers);
            if (holdsOthers)
            {
                throw new BuildException($"The JSON form of {keyword} takes strings only.", _name, line, text.IndexOf('[', StringComparison.Ordinal) + 1, Shorten(text));
            }
        }
        var instruction = new DockerfileInstruction
        {
            Keyword = keyword,
            WrittenKeyword = written,
            Flags = flags,
            Arguments = arguments,
            Json = json,
            Line = line,
            EndLine = endLine,
            Text = text,
        };
        bool mayHaveHeredocs = json is null && keyword is "RUN" or "COPY" or "ADD";
        if (!mayHaveHeredocs)
        {
            return instruction;
        }
        List<HeredocMark> marks = HeredocMark.Find(arguments, _escape);
        return marks.Count == 0 ? instruction : instruction with { Heredocs = [.. marks.Select(mark => ReadHeredoc(mark, line, text))], EndLine = Math.Max(_next, line) };
    }

    private Heredoc ReadHeredoc(HeredocMark mark, int line, string text)
    {
        var content = new StringBuilder();
        while (_next < _lines.Count)
        {
            string read = Line(_next++);
            string stripped = mark.StripsTabs ? read.TrimStart('\t') : read;
            if (stripped == mark.Name)
            {
                return new Heredoc(mark.Name, content.ToString(), mark.StripsTabs, mark.Expands, mark.FileDescriptor);
            }
            content.Append(stripped).Append('\n');
        }
        throw new BuildException($"The here-document is not ended by a line {mark.Name}.", _name, line, Math.Max(1, text.IndexOf("<<", StringComparison.Ordinal) + 1), Shorten(text));
    }

    private static string Shorten(string text) => text.Length > 200 ? text[..200] + "…" : text;
}
