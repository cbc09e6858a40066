using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace ContainerKit.IntegrationTests.Stress;

/// <summary>What this process has on the machine, as lines of text: the proof that nothing leaks is that they are the same afterwards.</summary>
internal static class Footprint
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Descriptors by kind, child processes, mounts of a data root, and the names of all files of a data root.</summary>
    internal static string[] Take(string dataRoot) => [.. Descriptors(), .. Children(), "mounts: " + Number(File.ReadLines("/proc/self/mountinfo").Count(l => l.Contains(dataRoot, StringComparison.Ordinal))), .. Files(dataRoot)];

    /// <summary>
    /// Waits until nothing is there that was not there before. What ends is closed by other threads and by the kernel, a little later than the call
    /// returns; what leaked never is. For the same reason something may be gone since that was about to end when the first footprint was taken.
    /// </summary>
    internal static async Task AssertNothingNewAsync(string[] before, Func<string[]> take, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        string[] more = FindNew(before, take());
        while (more.Length > 0 && Stopwatch.GetElapsedTime(start) < s_patience)
        {
            await Task.Delay(10, cancellationToken);
            more = FindNew(before, take());
        }

        Assert.Empty(more);
    }

    /// <summary>Lines that were not there, and counts that were lower.</summary>
    private static string[] FindNew(string[] before, string[] now)
    {
        Dictionary<string, int> counts = before.Select(Split).ToLookup(line => line.Name, line => line.Count).ToDictionary(lines => lines.Key, lines => lines.Sum());
        return [.. now.Where(line => Split(line) is var (name, count) && count > counts.GetValueOrDefault(name))];
    }

    /// <summary>A line without a count stands for one.</summary>
    private static (string Name, int Count) Split(string line)
        => line.LastIndexOf(": ", StringComparison.Ordinal) is > 0 and var colon && int.TryParse(line.AsSpan(colon + 2), CultureInfo.InvariantCulture, out int count)
            ? (line[..colon], count)
            : (line, 1);

    /// <summary>Cgroups with one of these names, in every hierarchy.</summary>
    internal static string[] Cgroups(IReadOnlySet<string> ids)
        => Directory.Exists("/sys/fs/cgroup") ? [.. Walk("/sys/fs/cgroup").Where(d => ids.Contains(Path.GetFileName(d)))] : [];

    /// <summary>The names of all files and directories, but not the data root's lock that is made when the first name has lost its container.</summary>
    internal static string[] Files(string directory)
    {
        // Directories of the kernel and of mapped users can't be read; they are listed, not entered.
        EnumerationOptions all = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = 0 };
        return [.. Directory.EnumerateFileSystemEntries(directory, "*", all).Where(f => !f.EndsWith("/containers/names.lock", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Walk(string directory)
    {
        string[] children = [];
        try
        {
            children = Directory.GetDirectories(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process's cgroup, that is gone again or not to be read.
        }

        return children.Concat(children.SelectMany(Walk));
    }

    private static IEnumerable<string> Descriptors()
        => Directory.GetFiles("/proc/self/fd").Select(Kind).Where(k => !k.EndsWith(".dll", StringComparison.Ordinal)).GroupBy(k => k).Select(g => $"{g.Key}: {Number(g.Count())}").Order(StringComparer.Ordinal);

    /// <summary>What a descriptor is, without the numbers of inodes. Assemblies, which the runtime opens when it needs them, are not counted.</summary>
    private static string Kind(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget is { } target ? target.Split(':')[0] + (target.StartsWith("anon_inode", StringComparison.Ordinal) ? target[10..] : "") : "closed";
        }
        catch (IOException)
        {
            return "closed";
        }
    }

    /// <summary>Child processes of this one.</summary>
    internal static IEnumerable<int> ChildPids() => Children().Select(c => int.Parse(c.AsSpan(6), CultureInfo.InvariantCulture));

    private static IEnumerable<string> Children()
        => Directory.GetDirectories("/proc/self/task").SelectMany(t => Read(t + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)).Order(StringComparer.Ordinal).Select(p => "child " + p);

    internal static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The thread or process has ended.
            return "";
        }
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
