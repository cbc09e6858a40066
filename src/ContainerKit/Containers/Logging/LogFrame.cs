namespace ContainerKit.Containers;

/// <summary>What one read of a container's output gave; no stream at the beginning and the end of a run.</summary>
internal readonly record struct LogFrame(LogStream? Stream, DateTimeOffset Time, ReadOnlyMemory<byte> Data);
