using System.IO.Pipelines;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;

namespace ContainerKit.Runtime.Processes;

/// <summary>Both ends of a process's streams: pipes, or a terminal whose master the new process sends back.</summary>
internal sealed class StandardStreams : IDisposable
{
    private readonly PipeEnds? _input;
    private readonly PipeEnds? _output;
    private readonly PipeEnds? _error;
    private readonly UnixSocketPair? _terminal;
    private bool _isTaken;

    internal StandardStreams(RuntimeProcess process)
    {
        try
        {
            if (process.Terminal)
            {
                _terminal = UnixSocketPair.Create();
                return;
            }

            _input = process.OpenStdin ? PipeEnds.Create() : null;
            _output = PipeEnds.Create();
            _error = PipeEnds.Create();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal SafeHandle? ChildInput => _input?.Read;

    internal SafeHandle? ChildOutput => _output?.Write;

    internal SafeHandle? ChildError => _error?.Write;

    /// <summary>The socket that the new process sends its terminal through; null without a terminal.</summary>
    internal SafeHandle? ChildSocket => _terminal?.Remote;

    /// <summary>Takes the engine's ends, once the process runs. From then on they belong to the result.</summary>
    internal async Task<ProcessStreams> TakeAsync(CancellationToken cancellationToken)
    {
        if (_terminal is not null)
        {
            _terminal.Remote.Dispose();
            FileDescriptor master = await _terminal.ReceiveDescriptorAsync(cancellationToken).ConfigureAwait(false);
            PseudoTerminal terminal = new(master);
            return new ProcessStreams(terminal.Input, terminal.Output, null, terminal);
        }

        _isTaken = true;
        CloseChildEnds();
        return new ProcessStreams(_input is null ? null : FdPipe.OpenWriter(_input.Write), FdPipe.OpenReader(_output!.Read), FdPipe.OpenReader(_error!.Read), null);
    }

    public void Dispose()
    {
        CloseChildEnds();
        _terminal?.Dispose();
        if (!_isTaken)
        {
            _input?.Dispose();
            _output?.Dispose();
            _error?.Dispose();
        }
    }

    /// <summary>Closes what the new process holds itself now.</summary>
    internal void CloseChildEnds()
    {
        _input?.Read.Dispose();
        _output?.Write.Dispose();
        _error?.Write.Dispose();
    }
}

/// <summary>The engine's ends of a process's streams.</summary>
internal sealed record ProcessStreams(PipeWriter? Input, PipeReader Output, PipeReader? Error, PseudoTerminal? Terminal);
