using System.Globalization;
using ContainerKit.Cli.CommandLine;

namespace ContainerKit.Cli.Containers;

/// <summary>The forms that values of flags have.</summary>
internal static class FlagText
{
    /// <summary><c>name=value</c>, or a name alone with an empty value.</summary>
    public static (string Name, string Value) Pair(string text)
        => text.IndexOf('=', StringComparison.Ordinal) is var equals and >= 0 ? (text[..equals], text[(equals + 1)..]) : (text, "");

    /// <summary>A map of pairs; the last one of a name counts. Null without any.</summary>
    public static Dictionary<string, string>? Map(IEnumerable<string> texts)
    {
        Dictionary<string, string> map = new(StringComparer.Ordinal);
        foreach (string text in texts)
            map[Pair(text).Name] = Pair(text).Value;
        return map.Count == 0 ? null : map;
    }

    /// <summary>Bytes of <c>64m</c>; 0 without the flag.</summary>
    public static long Bytes(this CommandInvocation invocation, string flag)
        => invocation.Value(flag) is not string text ? 0 : text == "-1" ? -1 : ByteSize.TryParse(text, out ByteSize size) ? size.Bytes : throw invocation.Invalid(flag, text, "a size such as 64m is wanted");

    public static long Whole(this CommandInvocation invocation, string flag)
        => invocation.Value(flag) is not string text ? 0
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : throw invocation.Invalid(flag, text, "a number is wanted");

    /// <summary>Nanoseconds of <c>1m30s</c>; 0 without the flag.</summary>
    public static long Nanoseconds(this CommandInvocation invocation, string flag) => (DurationText.Read(invocation, flag) ?? TimeSpan.Zero).Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>A variable of the command line: a name alone is this process's, and is left as it is when there is none.</summary>
    public static string Variable(string entry)
        => entry.Contains('=', StringComparison.Ordinal) || Environment.GetEnvironmentVariable(entry) is not string value ? entry : $"{entry}={value}";

    /// <summary>The lines of a file of variables or labels: comments start with #, a name alone is this process's variable.</summary>
    /// <exception cref="UsageException">A name has white space in it.</exception>
    public static IEnumerable<string> Lines(CommandInvocation invocation, string flag)
    {
        foreach (string file in invocation.Values(flag))
        {
            foreach (string line in File.ReadLines(file).Select(line => line.TrimStart()).Where(line => line is [not '#', ..]))
            {
                if (Pair(line).Name is var name && (name.Length == 0 || name.Any(char.IsWhiteSpace)))
                    throw new UsageException($"poorly formatted environment: variable '{name}' contains whitespaces, or is empty ({file})") { Command = invocation.Command };
                string entry = Variable(line);
                if (entry.Contains('=', StringComparison.Ordinal))
                    yield return entry;
            }
        }
    }
}
