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
    /// Waits until the footprint is what it was. What ends is closed by other threads and by the kernel, a little later than the call returns; what
    /// leaked never is.
    /// </summary>
    internal static async Task AssertSameAsync(string[] before, Func<string[]> take, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        string[] now = take();
        while (!now.SequenceEqual(before) && Stopwatch.GetElapsedTime(start) < s_patience)
        {
            await Task.Delay(10, cancellationToken);
            now = take();
        }

        Assert.Equal(before, now);
    }

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
