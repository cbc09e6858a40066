using System.IO.Pipelines;
using ContainerKit.Runtime.Processes;

namespace ContainerKit.Runtime;

/// <summary>A started process. Disposing releases its descriptors; it does not kill.</summary>
internal interface IContainerProcess : IAsyncDisposable
{
    /// <summary>The process, as the host sees it.</summary>
    ProcessIdentity Identity { get; }

    /// <summary>Input; null where the spec did not ask for it (the process then reads /dev/null). Completing it half-closes.</summary>
    PipeWriter? StandardInput { get; }

    /// <summary>Output; with a terminal everything the terminal shows.</summary>
    PipeReader StandardOutput { get; }

    /// <summary>Error output; null with a terminal.</summary>
    PipeReader? StandardError { get; }

    /// <summary>When it ended, where somebody else saw that; null: when <see cref="Exited"/> completes.</summary>
    DateTimeOffset? FinishedAt => null;

    /// <summary>How many of its container's processes the kernel killed for want of memory, as far as somebody else wrote that down.</summary>
    long OutOfMemoryKills => 0;

    /// <summary>Completes once when the process ended. Never faults.</summary>
    Task<ExitStatus> Exited { get; }

    /// <summary>Sends a signal to this process; false when it has ended.</summary>
    bool Signal(int signal);

    /// <summary>
    /// What keeps the container's file systems mounted although its processes have ended; the caller's from now on. Disposing it unmounts, which takes
    /// milliseconds. Null when there is nothing of that kind.
    /// </summary>
    IDisposable? TakeMounts() => null;

    /// <summary>Sets the terminal's size in characters; ignored without a terminal.</summary>
    void Resize(int rows, int columns);
}
