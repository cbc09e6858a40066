using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;

namespace ContainerKit.Cli.Terminals;

/// <summary>What may be done on this process's terminal besides writing lines.</summary>
internal static class TerminalStyle
{
    /// <summary>False for terminals that can only write lines, or of which nothing is known.</summary>
    public static bool CanRedraw => Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>False for those who don't want any: no-color.org.</summary>
    public static bool HasColours => CanRedraw && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";

    /// <summary>The size of the terminal that messages go to; null when they go elsewhere.</summary>
    public static TerminalSize? GetSizeOfError() => GetSize(FileDescriptor.StandardError);

    /// <summary>The size of the terminal that results go to; null when they go elsewhere.</summary>
    public static TerminalSize? GetSizeOfOutput() => GetSize(FileDescriptor.StandardOutput);

    private static TerminalSize? GetSize(FileDescriptor descriptor)
    {
        if (!Terminal.IsTerminal(descriptor))
            return null;
        ContainerKit.Linux.Io.TerminalSize size = Terminal.GetSize(descriptor);
        return size.Rows > 0 && size.Columns > 0 ? new TerminalSize(size.Rows, size.Columns) : null;
    }
}
