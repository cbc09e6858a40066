using System.Buffers;
using ContainerKit.Containers.Streams;

namespace ContainerKit.Builds.Execution;

/// <summary>Passes on what a command writes, as it comes.</summary>
internal sealed class CommandOutput(BuildSession session, BuildStep step) : IOutputListener
{
    public ValueTask WriteAsync(LogStream stream, ReadOnlySequence<byte> data)
    {
        session.Report(new BuildOutputEvent(step, stream, data.ToArray()));
        return default;
    }

    public ValueTask CompleteAsync(LogStream stream) => default;
}
