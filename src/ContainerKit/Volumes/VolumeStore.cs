using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using ContainerKit.Events;
using ContainerKit.Linux;
using ContainerKit.Linux.Io;
using ContainerKit.Linux.Mounts;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage;

namespace ContainerKit.Volumes;

/// <summary>
/// The volumes of a data root: <c>volumes/NAME</c> with <c>volume.json</c> and the files in <c>_data</c>. Several engine processes share them.
/// </summary>
/// <remarks>
/// Who makes volumes for a container holds the lock shared until the container is on disk; who removes one holds it exclusively: so what was seen
/// to be unused is not taken into use meanwhile. Names with a dot in front are being made or removed.
/// </remarks>
internal sealed class VolumeStore
{
    private const string DataName = "_data";
    private const string FillingName = ".filling";
    private const string DocumentName = "volume.json";
    private const string LockName = "lock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode DataMode = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly string _dataRoot;
    private readonly string _directory;
    private readonly EventLog _events;

    internal VolumeStore(string dataRoot, IVolumeFiles files, TimeProvider time, EventLog events, IEnumerable<IVolumeDriver> drivers)
    {
        (_dataRoot, _directory, Files, Time, _events) = (dataRoot, Path.Combine(dataRoot, "volumes"), files, time, events);
        Mounts = new VolumeMounts(this, drivers.ToFrozenDictionary(driver => driver.Name, StringComparer.Ordinal));
    }

    internal IVolumeFiles Files { get; }

    internal TimeProvider Time { get; }

    internal VolumeMounts Mounts { get; }

    private string LockPath => Path.Combine(_dataRoot, "locks", "volumes");

    /// <summary>Keeps volumes from being removed.</summary>
    /// <returns>The lock, owned by the caller.</returns>
    internal async ValueTask<IDisposable> HoldAsync(CancellationToken cancellationToken)
        => await FileLock.AcquireAsync(LockPath, FileLockMode.Shared, Time, cancellationToken).ConfigureAwait(false);

    /// <summary>Where containers find the files.</summary>
    internal string MountPointOf(VolumeDocument volume) => DeviceOf(volume) ?? Path.Combine(_directory, volume.Name, DataName);

    /// <summary>The directory of this machine that a volume stands for; null for others.</summary>
    internal static string? DeviceOf(VolumeDocument volume) => volume.Driver == VolumeSpec.LocalDriver ? LocalDriverOptions.FindDevice(volume.DriverOptions) : null;

    internal string DirectoryOf(string name) => Path.Combine(_directory, name);

    /// <summary>All volumes, by name.</summary>
    internal IReadOnlyList<VolumeDocument> ReadAll() => [.. FindNames().Order(StringComparer.Ordinal).Select(Find).OfType<VolumeDocument>()];

    /// <summary>Those that may have something mounted on their files; the others' descriptions are not read.</summary>
    internal IReadOnlyList<VolumeDocument> ReadMounted()
    {
        List<string> names = [.. FindNames()];
        if (names.Count == 0)
            return [];

        // Names need no escaping there, proc_pid_mountinfo(5), and what precedes them does not matter.
        string mounts = File.ReadAllText("/proc/self/mountinfo");
        return [.. names.Where(name => mounts.Contains($"/{name}/{DataName} ", StringComparison.Ordinal)).Select(Find).OfType<VolumeDocument>()];
    }

    private IEnumerable<string> FindNames()
        => !Directory.Exists(_directory) ? [] : Directory.EnumerateDirectories(_directory).Select(path => Path.GetFileName(path)).Where(VolumeName.IsValid);

    /// <summary>Null when there is no such volume.</summary>
    /// <exception cref="InvalidContentException">Its description is damaged.</exception>
    internal VolumeDocument? Find(string name)
    {
        if (!VolumeName.IsValid(name))
            return null;
        string path = Path.Combine(_directory, name, DocumentName);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), VolumeJson.Default.VolumeDocument)
                ?? throw new InvalidContentException($"{path} is empty.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new InvalidContentException($"{path} is damaged: {e.Message} Repair it, or delete the directory.", e);
        }
    }

    /// <summary>Makes a volume; one of the name that is there is returned as it is.</summary>
    /// <exception cref="ConflictException">There is one of the name with other options.</exception>
    internal async ValueTask<VolumeDocument> CreateAsync(VolumeSpec spec, string name, bool isAnonymous, CancellationToken cancellationToken)
    {
        IVolumeDriver? driver = Mounts.DriverOf(spec.Driver);
        if (driver is null)
            RequireLocal(spec);
        if (Find(name) is { } existing)
            return Require(existing, spec);

        VolumeDocument volume = new()
        {
            Name = name,
            CreatedAt = Time.GetUtcNow(),
            IsAnonymous = isAnonymous,
            Driver = spec.Driver,
            Labels = spec.Labels,
            DriverOptions = spec.DriverOptions,
        };
        if (driver is not null)
            await driver.CreateAsync(name, spec.DriverOptions, cancellationToken).ConfigureAwait(false);
        string staging = Stage(volume);
        using RootedDirectory parent = RootedDirectory.Open(_directory);
        try
        {
            parent.Rename(Encoding.UTF8.GetBytes(Path.GetFileName(staging)), parent, Encoding.UTF8.GetBytes(name), replace: false);
        }
        catch (LinuxException e) when (e.Errno == Errno.EEXIST)
        {
            DeleteStaged(staging);
            return Find(name) is { } other ? Require(other, spec) : throw new ConflictException($"The volume {name} is being made or removed by another process. Try again.");
        }

        Publish(volume, EventAction.Create);
        return volume;
    }

    /// <summary>Fills an empty volume that no other container uses; <paramref name="fill"/> makes the given name in the given directory.</summary>
    internal async Task FillAsync(VolumeDocument volume, string containerId, Func<string, string, Task<bool>> fill, CancellationToken cancellationToken)
    {
        string directory = Path.Combine(_directory, volume.Name);
        string filling = Path.Combine(directory, FillingName);

        // One at a time: the others find it filled. What starts meanwhile finds the directory by its name, so the new one.
        using FileLock held = await FileLock.AcquireAsync(Path.Combine(directory, LockName), FileLockMode.Exclusive, Time, cancellationToken).ConfigureAwait(false);
        if (volume.Driver != VolumeSpec.LocalDriver || !volume.DriverOptions.IsEmpty || !IsEmpty(Path.Combine(directory, DataName)) || Files.FindUsers()[volume.Name].Any(id => id != containerId))
            return;
        if (Directory.Exists(filling))
            await Files.RemoveTreeAsync(filling, cancellationToken).ConfigureAwait(false);
        try
        {
            if (!await fill(directory, FillingName).ConfigureAwait(false))
                return;
        }
        catch
        {
            // A full disk, most likely: what was copied takes room that somebody else needs.
            if (Directory.Exists(filling))
                await Files.RemoveTreeAsync(filling, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        try
        {
            // The other name appears complete, or not at all; a directory that is not empty any more is not replaced, rename(2).
            using RootedDirectory parent = RootedDirectory.Open(directory);
            parent.Rename(Encoding.UTF8.GetBytes(FillingName), parent, Encoding.UTF8.GetBytes(DataName), replace: true);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOTEMPTY or Errno.EEXIST)
        {
            await Files.RemoveTreeAsync(filling, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes a volume that no container uses. False when there is none.</summary>
    /// <exception cref="ConflictException">A container uses it.</exception>
    internal async Task<bool> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        string hidden;
        VolumeDocument? volume;
        using (await FileLock.AcquireAsync(LockPath, FileLockMode.Exclusive, Time, cancellationToken).ConfigureAwait(false))
        {
            volume = Find(name);
            if (volume is null)
                return false;
            string[] users = [.. Files.FindUsers()[name]];
            if (users.Length > 0)
                throw new ConflictException($"The volume {name} is in use by container {string.Join(", ", users.Select(id => id[..Math.Min(12, id.Length)]))}. Remove that first.");
            if (Mounts.DriverOf(volume.Driver) is { } driver)
                await driver.RemoveAsync(name, cancellationToken).ConfigureAwait(false);
            if (volume.Driver == VolumeSpec.LocalDriver && LocalDriverOptions.FindMount(volume.DriverOptions) is not null)
                HostMount.Remove(MountPointOf(volume)); // of a detached container that has just ended: what is mounted is not the engine's to remove
            hidden = Hide(name);
        }

        await Files.RemoveTreeAsync(hidden, cancellationToken).ConfigureAwait(false);
        Publish(volume, EventAction.Destroy);
        return true;
    }

    /// <summary>Removes what was half made or half removed when its process died.</summary>
    internal async Task RecoverAsync(CancellationToken cancellationToken)
    {
        await Mounts.RecoverAsync(cancellationToken).ConfigureAwait(false);
        if (!Directory.Exists(_directory) || !Directory.EnumerateDirectories(_directory, ".*").Any())
            return;
        using FileLock? held = await FileLock.TryAcquireAbandonedAsync(LockPath, cancellationToken).ConfigureAwait(false);
        if (held is null)
            return; // somebody makes volumes; the next engine does it
        foreach (string path in Directory.GetDirectories(_directory, ".*"))
            await Files.RemoveTreeAsync(path, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The bytes of a volume's files; 0 when it is being removed.</summary>
    internal async ValueTask<long> MeasureAsync(VolumeDocument volume, CancellationToken cancellationToken)
    {
        try
        {
            using RootedDirectory data = await Files.OpenAsync(Path.Combine(_directory, volume.Name, DataName), cancellationToken).ConfigureAwait(false);
            return TreeSize.Measure(data, cancellationToken);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            return 0;
        }
    }

    private void RequireLocal(VolumeSpec spec)
    {
        if (LocalDriverOptions.FindDevice(spec.DriverOptions) is string device && !Directory.Exists(device))
            throw new ArgumentException($"driver option device '{device}' is not allowed: expected a directory that exists.");
        if (LocalDriverOptions.FindMount(spec.DriverOptions) is { } mount && !Files.CanMount)
        {
            throw new UnsupportedException(
                $"A volume with the driver option type={mount.Type} can't be used without root: it is mounted on this machine. Run as root, or give the container a tmpfs or a bind.");
        }
    }

    private string Stage(VolumeDocument volume)
    {
        string staging = Path.Combine(_directory, $".{VolumeName.CreateAnonymous()[..16]}");
        Directory.CreateDirectory(_directory, OwnerOnly);
        try
        {
            Directory.CreateDirectory(staging, OwnerOnly);
            string data = Path.Combine(staging, DataName);
            Directory.CreateDirectory(data);
            File.SetUnixFileMode(data, DataMode); // whatever the umask is
            using var file = File.OpenHandle(Path.Combine(staging, DocumentName), FileMode.CreateNew, FileAccess.Write);
            RandomAccess.Write(file, JsonSerializer.SerializeToUtf8Bytes(volume, VolumeJson.Default.VolumeDocument), 0);
            if (!volume.IsAnonymous)
                RandomAccess.FlushToDisk(file);
            return staging;
        }
        catch
        {
            DeleteStaged(staging);
            throw;
        }
    }

    private static void DeleteStaged(string staging)
    {
        if (!Directory.Exists(staging))
            return;
        File.Delete(Path.Combine(staging, DocumentName));
        if (Directory.Exists(Path.Combine(staging, DataName)))
            Directory.Delete(Path.Combine(staging, DataName));
        Directory.Delete(staging);
    }

    private string Hide(string name)
    {
        string hidden = Path.Combine(_directory, $".{VolumeName.CreateAnonymous()[..16]}");
        Directory.Move(Path.Combine(_directory, name), hidden);
        return hidden;
    }

    private static bool IsEmpty(string directory)
    {
        try
        {
            return Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).Any();
        }
        catch (UnauthorizedAccessException)
        {
            return false; // a mapped user's: somebody has filled it
        }
    }

    /// <summary>What says nothing of driver and options takes any that is there.</summary>
    private static VolumeDocument Require(VolumeDocument existing, VolumeSpec spec)
        => (spec.DriverOptions.IsEmpty && spec.Driver == VolumeSpec.LocalDriver)
            || (spec.Driver == existing.Driver && (spec.DriverOptions.IsEmpty || Equal(spec.DriverOptions, existing.DriverOptions)))
            ? existing
            : throw new ConflictException($"There is a volume {existing.Name} with another driver or other driver options. Choose another name, or remove it.");

    private static bool Equal(ImmutableSortedDictionary<string, string> one, ImmutableSortedDictionary<string, string> other)
        => one.Count == other.Count && one.All(pair => other.TryGetValue(pair.Key, out string? value) && value == pair.Value);

    private void Publish(VolumeDocument volume, string action) => _events.Publish(
        EventKind.Volume, action, volume.Name, () => ImmutableSortedDictionary<string, string>.Empty.Add("driver", volume.Driver), null);
}
