using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Launching;
using ContainerKit.Runtime.Processes;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Runtime.Supervision;

/// <summary>What a supervisor is given, and the ends of the pipes that its container writes to. Nothing of it stays with the engine.</summary>
internal sealed class SupervisedStreams : IDisposable
{
    private readonly SafeFileHandle _record;
    private readonly PipeEnds? _output; // null only while the constructor fails
    private readonly PipeEnds? _error;
    private readonly SafeFileHandle? _log;
    private readonly SafeFileHandle? _directory;
    private readonly SupervisedLog? _plan;

    internal SupervisedStreams(RuntimeSupervision supervision)
    {
        _record = SupervisionRecord.Create(supervision.RecordPath);
        try
        {
            // Also where nothing is kept: what is no pipe (/dev/null) would be the host's, and the container's user gets these streams.
            _output = PipeEnds.Create();
            _error = PipeEnds.Create();
            if (supervision.LogPath is not { } path)
            {
                return;
            }

            _directory = SupervisedLog.OpenDirectory(Path.GetDirectoryName(path)!);
            (_log, long length) = SupervisedLogFile.Open(path);
            _plan = new SupervisedLog(Path.GetFileName(path), length, supervision.MaximumLogSize, supervision.MaximumLogFiles);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal SafeHandle ChildOutput => _output!.Write;

    internal SafeHandle ChildError => _error!.Write;

    /// <summary>Adds what the supervisor keeps to the descriptors that are passed on; nothing may be added behind it.</summary>
    internal SupervisorPlan AddTo(DescriptorTable descriptors, string? outOfMemoryFile)
    {
        SupervisorPlan plan = new() { FirstDescriptor = descriptors.Add(_record), Log = _plan, OutOfMemoryFile = outOfMemoryFile };
        descriptors.Add(_output!.Read);
        descriptors.Add(_error!.Read);
        if (_plan is not null)
        {
            descriptors.Add(_log!);
            descriptors.Add(_directory!);
        }

        return plan;
    }

    public void Dispose()
    {
        _record.Dispose();
        _output?.Dispose();
        _error?.Dispose();
        _log?.Dispose();
        _directory?.Dispose();
    }
}
