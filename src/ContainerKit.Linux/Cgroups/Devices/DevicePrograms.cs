using System.Diagnostics.CodeAnalysis;

namespace ContainerKit.Linux.Cgroups.Devices;

/// <summary>
/// Loads a policy's program once: verifying it takes longer than everything else about a cgroup, attaching it takes microseconds.
/// </summary>
internal sealed class DevicePrograms : IDisposable
{
    /// <summary>Containers with own devices could otherwise pile up programs.</summary>
    private const int Capacity = 64;

    private readonly Dictionary<DevicePolicy, LoadedDeviceProgram> _loaded = [];
    private readonly Lock _gate = new();
    private LinuxException? _refused;
    private bool _disposed;

    /// <summary>False where this process may not load programs; a program that the verifier refuses is thrown.</summary>
    internal bool TryGet(
        DevicePolicy policy,
        [NotNullWhen(true)] out LoadedDeviceProgram? program,
        [NotNullWhen(false)] out LinuxException? refused)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            program = null;
            refused = _refused;
            if (refused is not null)
                return false;
            if (_loaded.TryGetValue(policy, out program))
                return true;

            try
            {
                program = LoadedDeviceProgram.Load(policy);
            }
            catch (LinuxException error) when (error.Errno is Errno.EPERM or Errno.ENOSYS)
            {
                // ENOSYS: a kernel without bpf(2), or a seccomp filter of an outer container.
                refused = _refused = error;
                return false;
            }

            // Not disposed: another thread may be about to attach one of them. Their handles close when nobody holds them.
            if (_loaded.Count == Capacity)
                _loaded.Clear();
            _loaded.Add(policy, program);
            return true;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (LoadedDeviceProgram program in _loaded.Values)
                program.Dispose();
            _loaded.Clear();
        }
    }
}
