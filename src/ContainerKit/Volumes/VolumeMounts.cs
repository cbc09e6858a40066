using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using ContainerKit.Linux;
using ContainerKit.Linux.Io;
using ContainerKit.Linux.Mounts;

namespace ContainerKit.Volumes;

/// <summary>
/// What is mounted on this machine for volumes while containers use them. A mount outlives its process, so each engine that uses one holds a lock on
/// it, and who finds the lock free takes the mount away.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore that nobody waits for by its handle has nothing to dispose of.")]
internal sealed class VolumeMounts(VolumeStore store, IReadOnlyDictionary<string, IVolumeDriver> drivers)
{
    private const string LockName = "mount-lock";

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ConcurrentDictionary<string, (int Count, FileLock Lock)> _uses = new(StringComparer.Ordinal);

    /// <summary>The driver of a volume; null for those that the data root holds.</summary>
    /// <exception cref="UnsupportedException">This engine does not have it.</exception>
    internal IVolumeDriver? DriverOf(string name)
        => name == VolumeSpec.LocalDriver ? null
            : drivers.GetValueOrDefault(name) ?? throw new UnsupportedException(
                $"There is no volume driver '{name}': the ones there are, are {string.Join(", ", drivers.Keys.Prepend(VolumeSpec.LocalDriver))}. Give it to the engine by {nameof(EngineOptions)}.{nameof(EngineOptions.VolumeDrivers)}.");

    /// <summary>Makes volumes available.</summary>
    /// <param name="names">The volumes.</param>
    /// <param name="user">Who uses them.</param>
    /// <param name="cancellationToken">Cancels; nothing is mounted then.</param>
    /// <returns>Where they are; disposed of when they are not used any more.</returns>
    internal async ValueTask<VolumeLease> AcquireAsync(IEnumerable<string> names, string user, CancellationToken cancellationToken)
    {
        Dictionary<string, string> drivers = new(StringComparer.Ordinal);
        Dictionary<string, string> directories = new(StringComparer.Ordinal);
        List<Func<ValueTask>> releases = [];
        try
        {
            foreach (string name in names.Distinct(StringComparer.Ordinal))
            {
                VolumeDocument volume = store.Find(name) ?? throw VolumeCollection.NotFound(name);
                drivers[name] = volume.Driver;
                if (DriverOf(volume.Driver) is { } driver)
                {
                    directories[name] = await driver.MountAsync(name, user, cancellationToken).ConfigureAwait(false);
                    releases.Add(() => driver.UnmountAsync(name, user, CancellationToken.None));
                }
                else if (LocalDriverOptions.FindMount(volume.DriverOptions) is { } mount)
                {
                    await MountAsync(volume, mount, cancellationToken).ConfigureAwait(false);
                    releases.Add(() => ReleaseAsync(volume));
                }
            }

            return new VolumeLease(drivers.ToFrozenDictionary(StringComparer.Ordinal), directories.ToFrozenDictionary(StringComparer.Ordinal), releases);
        }
        catch
        {
            await new VolumeLease(FrozenDictionary<string, string>.Empty, FrozenDictionary<string, string>.Empty, releases).DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes away what dead engines left, unless containers go on that have it.</summary>
    internal async Task RecoverAsync(CancellationToken cancellationToken)
    {
        ILookup<string, string>? users = null;
        foreach (VolumeDocument volume in store.ReadMounted().Where(volume => volume.Driver == VolumeSpec.LocalDriver && LocalDriverOptions.FindMount(volume.DriverOptions) is not null))
        {
            if (!HostMount.IsMounted(store.MountPointOf(volume)))
                continue;
            using FileLock? held = await FileLock.TryAcquireAbandonedAsync(LockOf(volume), cancellationToken).ConfigureAwait(false);
            users ??= store.Files.FindUsers();
            if (held is not null && !users[volume.Name].Any(store.Files.IsAlive))
                HostMount.Remove(store.MountPointOf(volume));
        }
    }

    private async Task MountAsync(VolumeDocument volume, LocalMount mount, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_uses.TryGetValue(volume.Name, out (int Count, FileLock Lock) use))
            {
                _uses[volume.Name] = use with { Count = use.Count + 1 };
                return;
            }

            // Alone for the moment of mounting: of two engines one does it, and the other one finds it done.
            string directory = store.MountPointOf(volume);
            using (await FileLock.AcquireAsync(LockOf(volume) + "-turn", FileLockMode.Exclusive, store.Time, cancellationToken).ConfigureAwait(false))
            {
                FileLock held = await FileLock.AcquireAsync(LockOf(volume), FileLockMode.Shared, store.Time, cancellationToken).ConfigureAwait(false);
                try
                {
                    if (!HostMount.IsMounted(directory))
                        HostMount.Add(mount.Device, directory, mount.Type, mount.Flags, mount.Options);
                }
                catch (LinuxException e)
                {
                    held.Dispose();
                    throw new UnsupportedException($"The volume {volume.Name} can't be mounted ({mount.Type} of {mount.Device}): {e.Message}. Correct its driver options, or what this machine has for them.", e);
                }

                _uses[volume.Name] = (1, held);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask ReleaseAsync(VolumeDocument volume)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            (int count, FileLock held) = _uses[volume.Name];
            if (count > 1)
            {
                _uses[volume.Name] = (count - 1, held);
                return;
            }

            _uses.TryRemove(volume.Name, out _);
            using (await FileLock.AcquireAsync(LockOf(volume) + "-turn", FileLockMode.Exclusive, store.Time, CancellationToken.None).ConfigureAwait(false))
            {
                held.Dispose();
                using FileLock? last = FileLock.TryAcquire(LockOf(volume));
                if (last is not null && !store.Files.FindUsers()[volume.Name].Any(store.Files.IsAlive))
                    HostMount.Remove(store.MountPointOf(volume));
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private string LockOf(VolumeDocument volume) => Path.Combine(store.DirectoryOf(volume.Name), LockName);
}
