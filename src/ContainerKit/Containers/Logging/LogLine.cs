namespace ContainerKit;

/// <summary>A line that a container wrote.</summary>
/// <param name="Stream">Where it was written to.</param>
/// <param name="Timestamp">When the engine read it, UTC.</param>
/// <param name="Text">The line without its line feed. Bytes that are not UTF-8 became U+FFFD, as in Docker's logs.</param>
/// <param name="IsPartial">True: the line continues in the next one of the same stream (pieces are at most 16 KiB), or the output ended
/// without a line feed.</param>
public readonly record struct LogLine(LogStream Stream, DateTimeOffset Timestamp, string Text, bool IsPartial = false);
