using ContainerKit.Linux;
using ContainerKit.Linux.Launching;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.IntegrationTests.Isolation;

/// <summary>
/// A program that makes raw system calls inside a container and tells their result by its exit code. It is a static executable without any
/// library, so it runs in every image and no libc stands between the call and the kernel.
/// </summary>
internal static class Probe
{
    private const UnixFileMode Executable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Writes the program; it ends with the value of the operation that <paramref name="build"/> returns.</summary>
    internal static void Write(string path, Func<LaunchProgramBuilder, LaunchOperation> build)
    {
        LaunchProgramBuilder program = new();
        program.Call("exit_group", build(program).Result);
        Write(path, program.Build());
    }

    /// <summary>Writes a program that ends by itself.</summary>
    internal static void Write(string path, LaunchProgram program)
    {
        using (SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write))
        {
            foreach (LaunchImage.Segment segment in LaunchImage.Assemble(program))
            {
                RandomAccess.Write(file, segment.Content.Span, segment.Offset);
            }
        }

        File.SetUnixFileMode(path, Executable);
    }

    /// <summary>The error that an exit code stands for: a call's result is minus errno, of which the exit code keeps eight bits. Null: it succeeded.</summary>
    internal static Errno? ErrorOf(int exitCode) => exitCode > 120 ? (Errno)(256 - exitCode) : null;
}
