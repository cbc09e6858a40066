using System.Collections.Immutable;

namespace ContainerKit;

/// <summary>A further command in a running container. What is not set is as for the container's own command.</summary>
public sealed record ExecSpec
{
    /// <summary>The output that <see cref="Container.ExecAsync(ExecSpec, CancellationToken)"/> keeps of each stream by default.</summary>
    public static readonly ByteSize DefaultOutputLimit = ByteSize.MiB(16);

    /// <summary>Program and arguments; not empty.</summary>
    public required ImmutableArray<string> Command { get; init; }

    /// <summary>Variables that are added to the container's, or replace them; a null value removes one.</summary>
    public ImmutableSortedDictionary<string, string?> Environment { get; init; } = ImmutableSortedDictionary.Create<string, string?>(StringComparer.Ordinal);

    /// <summary><c>user[:group]</c>; null: the container's.</summary>
    public string? User { get; init; }

    /// <summary>An absolute path that exists; null: the container's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>True: every capability and no system call filter. Default false.</summary>
    public bool Privileged { get; init; }

    /// <summary>True: the command has a controlling terminal. Default false.</summary>
    public bool Terminal { get; init; }

    /// <summary>The terminal's first size; null: the kernel's default.</summary>
    public TerminalSize? TerminalSize { get; init; }

    /// <summary>True: standard input is a pipe. Default false.</summary>
    public bool OpenStdin { get; init; }

    /// <summary>The most that a buffered exec keeps of each stream; more is an error. Default 16 MiB.</summary>
    public ByteSize OutputLimit { get; init; } = DefaultOutputLimit;

    /// <summary>What events call it, <c>execID</c>; null: an id is made.</summary>
    public string? Id { get; init; }

    /// <summary>A spec for a program and its arguments.</summary>
    public static ExecSpec ForCommand(params IEnumerable<string> command) => new() { Command = [.. command] };

    /// <summary>Sets an environment variable.</summary>
    public ExecSpec WithEnvironment(string name, string value) => this with { Environment = Environment.SetItem(name, value) };

    /// <summary>Removes an environment variable of the container.</summary>
    public ExecSpec WithoutEnvironment(string name) => this with { Environment = Environment.SetItem(name, null) };

    /// <summary>Sets the user, <c>user[:group]</c>, names or numbers.</summary>
    public ExecSpec WithUser(string user) => this with { User = user };

    /// <summary>Sets where the command starts.</summary>
    public ExecSpec WithWorkingDirectory(string path) => this with { WorkingDirectory = path };

    /// <summary>Gives the command every privilege there is.</summary>
    public ExecSpec WithPrivileged(bool privileged = true) => this with { Privileged = privileged };

    /// <summary>Gives the command a controlling terminal.</summary>
    public ExecSpec WithTerminal(TerminalSize? size = null) => this with { Terminal = true, TerminalSize = size };

    /// <summary>Makes standard input a pipe.</summary>
    public ExecSpec WithOpenStdin(bool openStdin = true) => this with { OpenStdin = openStdin };

    /// <summary>Sets the most that a buffered exec keeps of each stream.</summary>
    public ExecSpec WithOutputLimit(ByteSize limit) => this with { OutputLimit = limit };
}
