using System.Collections.Immutable;
using ContainerKit.Runtime.Processes;

namespace ContainerKit.Containers.Processes;

/// <summary>Which columns a list of processes has, said by arguments of ps(1). ps itself is not run: it need not be there.</summary>
internal sealed record ProcessFormat(ImmutableArray<ProcessColumn> Columns)
{
    private const string Allowed = "-ef, aux, or -o with names of columns";

    private static readonly ProcessFormat s_full = Of("uid", "pid", "ppid", "c", "stime", "tty", "time", "cmd");
    private static readonly ProcessFormat s_user = Of("user", "pid", "%cpu", "%mem", "vsz", "rss", "tty", "stat", "start", "time", "command");

    /// <summary>Reads <c>-ef</c>, <c>aux</c>, <c>-o pid,cmd</c> and their usual variants.</summary>
    /// <exception cref="ArgumentException">The arguments ask for something else.</exception>
    internal static ProcessFormat Parse(string arguments)
    {
        string[] words = arguments.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        List<string> columns = [];
        bool full = false, user = false;
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i];
            int list = word is ['-', ..] && !word.StartsWith("--", StringComparison.Ordinal) ? word.IndexOf('o', StringComparison.Ordinal) : -1;
            string letters = list < 0 ? word.TrimStart('-') : word[1..list];
            if (word.StartsWith("--", StringComparison.Ordinal) || letters.Any(letter => !"efaux".Contains(letter, StringComparison.Ordinal)) || (letters.Length == 0 && list < 0))
                throw Invalid(word, Allowed);
            full |= letters.Contains('f', StringComparison.Ordinal);
            user |= letters.Contains('u', StringComparison.Ordinal);
            if (list < 0)
                continue;

            string names = word.Length > list + 1 ? word[(list + 1)..] : ++i < words.Length ? words[i] : throw Invalid(word, "names of columns after -o");
            columns.AddRange(names.Split(',', StringSplitOptions.RemoveEmptyEntries));
        }

        return columns.Count > 0 ? Of([.. columns]) : user && !full ? s_user : s_full;
    }

    /// <summary>The table of these processes; those that end meanwhile are left out.</summary>
    internal ContainerProcessList Create(IReadOnlyList<int> pids, TimeProvider time)
    {
        var machine = new ProcessSurroundings(time);
        List<IReadOnlyList<string>> rows = [];
        foreach (int pid in pids.Order())
        {
            if (ProcessStat.Read(pid) is ProcessStat stat)
                rows.Add([.. Columns.Select(column => column.Read(new ProcessDetails(stat, machine)))]);
        }

        return new ContainerProcessList([.. Columns.Select(column => column.Title)], rows);
    }

    private static ProcessFormat Of(params ReadOnlySpan<string> names)
    {
        var columns = ImmutableArray.CreateBuilder<ProcessColumn>();
        foreach (string name in names)
            columns.Add(ProcessColumn.Find(name) ?? throw Invalid(name, $"the columns {string.Join(", ", ProcessColumn.Names)}"));
        return new ProcessFormat(columns.ToImmutable());
    }

    private static ArgumentException Invalid(string word, string allowed) => new($"arguments '{word}' is not allowed: expected {allowed}.");
}
