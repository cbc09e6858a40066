using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;

namespace ContainerKit.Linux.Launching;

/// <summary>
/// What a new process does between its creation and execve(2): a table of system calls with their arguments and the data that these point
/// to. A tiny stub replays it in a clean address space, so nothing of the host process can be seen or used from inside.
/// </summary>
/// <remarks><see cref="ToString"/> prints one operation a line, in the manner of strace(1).</remarks>
public sealed class LaunchProgram
{
    private readonly ImmutableArray<LaunchStep> _steps;
    private readonly long _tableAddress;

    internal LaunchProgram(Architecture architecture, ImmutableArray<LaunchStep> steps, long tableAddress, byte[] table, byte[] data)
    {
        _tableAddress = tableAddress;
        Architecture = architecture;
        _steps = steps;
        Table = table;
        Data = data;
    }

    /// <summary>The architecture whose system call numbers the program uses.</summary>
    public Architecture Architecture { get; }

    /// <summary>Number of operations.</summary>
    public int Count => _steps.Length;

    /// <summary>True: the launching process stays, as the parent of the process that goes on.</summary>
    internal bool IsSupervised { get; init; }

    internal byte[] Table { get; }

    internal byte[] Data { get; }

    /// <summary>The operation at <paramref name="index"/> as text: <c>mount("proc", "/proc", "proc", MS_NOSUID, NULL)</c>.</summary>
    /// <param name="index">From 0.</param>
    /// <returns>One line without a number.</returns>
    public string Describe(int index) => _steps[index].ToString();

    /// <summary>The whole program, one numbered operation a line; each stage begins with its name.</summary>
    /// <returns>Text that ends with a line feed.</returns>
    public override string ToString()
    {
        StringBuilder text = new();
        string stage = "";
        for (int i = 0; i < _steps.Length; i++)
        {
            if (_steps[i].Stage != stage)
            {
                stage = _steps[i].Stage;
                text.Append("# ").Append(stage).Append('\n');
            }

            text.Append('%').Append(i).Append(" = ").Append(_steps[i]).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The exception for a report of the stub: which operation failed, and how.</summary>
    internal LaunchException Failure(long operationAddress, long errno)
    {
        int index = LaunchLayout.IndexOf(_tableAddress, operationAddress);
        if (index < 0 || index >= _steps.Length)
        {
            return new LaunchException("unknown", new LinuxException("launch", (Errno)errno));
        }

        LaunchStep step = _steps[index];
        return new LaunchException(step.Stage, new LinuxException(step.Name, (Errno)errno, step.Subject));
    }
}
