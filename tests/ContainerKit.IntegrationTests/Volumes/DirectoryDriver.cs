using System.Collections.Concurrent;

namespace ContainerKit.IntegrationTests.Volumes;

/// <summary>A driver that keeps volumes in a directory of its own, and notes who uses them.</summary>
internal sealed class DirectoryDriver(string root) : IVolumeDriver
{
    private readonly ConcurrentDictionary<string, bool> _users = new();

    public string Name => "directories";

    internal string Root => root;

    internal ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> Options { get; } = new();

    internal IEnumerable<string> Users => _users.Keys;

    public ValueTask CreateAsync(string volume, IReadOnlyDictionary<string, string> options, CancellationToken cancellationToken)
    {
        if (options.TryGetValue("colour", out string? colour) && colour != "blue")
        {
            throw new ArgumentException($"colour '{colour}' is not allowed: expected blue.");
        }

        Options[volume] = options;
        string directory = Directory.CreateDirectory(Path.Combine(root, volume)).FullName;
        File.SetUnixFileMode(directory, (UnixFileMode)Convert.ToInt32("777", 8));
        return ValueTask.CompletedTask;
    }

    public ValueTask RemoveAsync(string volume, CancellationToken cancellationToken)
    {
        Directory.Delete(Path.Combine(root, volume), recursive: true);
        return ValueTask.CompletedTask;
    }

    public ValueTask<string> MountAsync(string volume, string user, CancellationToken cancellationToken)
    {
        _users[$"{volume} {user}"] = true;
        return ValueTask.FromResult(Path.Combine(root, volume));
    }

    public ValueTask UnmountAsync(string volume, string user, CancellationToken cancellationToken)
    {
        _users.TryRemove($"{volume} {user}", out _);
        return ValueTask.CompletedTask;
    }
}
