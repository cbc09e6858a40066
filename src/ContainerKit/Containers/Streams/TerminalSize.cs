namespace ContainerKit;

/// <summary>The size of a terminal in characters, as in ioctl_tty(2) TIOCSWINSZ.</summary>
/// <param name="Rows">Lines, 1 to 65535.</param>
/// <param name="Columns">Characters a line, 1 to 65535.</param>
public readonly record struct TerminalSize(int Rows, int Columns)
{
    internal void Validate(string option)
    {
        if (Rows is < 1 or > ushort.MaxValue || Columns is < 1 or > ushort.MaxValue)
            throw new ArgumentException($"{option} '{Rows}x{Columns}': rows and columns must be from 1 to 65535.");
    }
}
