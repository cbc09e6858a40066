using System.Globalization;
using System.Text;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Io;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Cgroups;

/// <summary>
/// Waits until the kernel kills for want of memory in a cgroup: on version 2 memory.events changes (cgroup-v2.rst), on version 1 an eventfd is
/// signalled (cgroup-v1/memory.rst, "OOM Control"). One wait at a time.
/// </summary>
public sealed class OutOfMemoryWatch : IDisposable
{
    private const int LongestFile = 4096;

    private readonly CgroupDirectory _directory;
    private readonly FileDescriptor _descriptor;
    private readonly SafeFileHandle? _events;
    private readonly Readiness _readiness;
    private long _kills;
    private bool _hasLooked;

    /// <param name="directory">The memory controller's.</param>
    /// <param name="descriptor">memory.events, or the eventfd.</param>
    /// <param name="isEventsFile">True for version 2.</param>
    private OutOfMemoryWatch(CgroupDirectory directory, FileDescriptor descriptor, bool isEventsFile)
    {
        _directory = directory;
        _descriptor = descriptor;
        _readiness = new Readiness(Reactor.Shared, descriptor);
        if (isEventsFile)
            _events = new SafeFileHandle(descriptor.DangerousGetHandle(), ownsHandle: false); // the registration keeps the number open
    }

    /// <summary>Waits for the next kill, or for one that nobody was told of yet.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when the cgroup was removed.</returns>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default)
        => _events is null ? WaitLegacyAsync(cancellationToken) : WaitUnifiedAsync(_events, cancellationToken);

    /// <summary>Ends the watch; no wait may be pending.</summary>
    public void Dispose()
    {
        _readiness.Close();
        _events?.Dispose();
        _descriptor.Dispose();
    }

    internal static OutOfMemoryWatch Open(CgroupDirectory directory)
    {
        if (directory.Version == CgroupVersion.V2)
            return new OutOfMemoryWatch(directory, OpenFile(directory, "memory.events"), isEventsFile: true);

        FileDescriptor signal = new(LinuxException.ThrowIfFailed(LibC.eventfd(0, LibC.EfdCloExec | LibC.EfdNonBlock), "eventfd"), ownsDescriptor: true);
        try
        {
            using FileDescriptor control = OpenFile(directory, "memory.oom_control");
            directory.Write("cgroup.event_control", string.Create(CultureInfo.InvariantCulture, $"{signal.DangerousGetHandle()} {control.DangerousGetHandle()}"));
            return new OutOfMemoryWatch(directory, signal, isEventsFile: false);
        }
        catch
        {
            signal.Dispose();
            throw;
        }
    }

    private static FileDescriptor OpenFile(CgroupDirectory directory, string name)
    {
        int number = LibC.Cgroups.open(directory.File(name), LibC.Cgroups.ReadOnly | LibC.Cgroups.CloseOnExec, 0);
        return new FileDescriptor(LinuxException.ThrowIfFailed(number, "open", directory.File(name)), ownsDescriptor: true);
    }

    private async ValueTask<bool> WaitUnifiedAsync(SafeFileHandle events, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Readiness means a change since the last read of this very descriptor, so nothing is missed in between.
            if (ReadKills(events) is not long kills)
                return false;
            if (kills > _kills)
            {
                _kills = kills;
                return true;
            }

            await _readiness.WaitAsync(EpollEvents.Priority, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> WaitLegacyAsync(CancellationToken cancellationToken)
    {
        if (!_hasLooked)
        {
            // What happened before there was anybody to be signalled. The signal comes before the count.
            _hasLooked = true;
            if (FlatKeyedFile.Parse(_directory.ReadIfExists("memory.oom_control") ?? "").GetValueOrDefault("oom_kill") > 0)
            {
                TryTakeSignal();
                return true;
            }
        }

        while (!TryTakeSignal())
            await _readiness.WaitAsync(EpollEvents.Readable, cancellationToken).ConfigureAwait(false);

        // Removing the cgroup signals as well.
        return _directory.Exists;
    }

    private unsafe bool TryTakeSignal()
    {
        ulong count;
        return LibC.read(_descriptor, (byte*)&count, sizeof(ulong)) == sizeof(ulong);
    }

    /// <summary>Null when the cgroup is gone (ENODEV).</summary>
    private static long? ReadKills(SafeFileHandle events)
    {
        Span<byte> buffer = stackalloc byte[LongestFile];
        try
        {
            int length = RandomAccess.Read(events, buffer, 0);
            return FlatKeyedFile.Parse(Encoding.UTF8.GetString(buffer[..length])).GetValueOrDefault("oom_kill");
        }
        catch (IOException)
        {
            return null;
        }
    }
}
