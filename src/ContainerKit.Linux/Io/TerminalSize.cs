namespace ContainerKit.Linux.Io;

/// <summary>A terminal's size in characters.</summary>
/// <param name="Rows">Height.</param>
/// <param name="Columns">Width.</param>
public readonly record struct TerminalSize(int Rows, int Columns);
