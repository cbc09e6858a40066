using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Tests.Io;

/// <summary>A child that .NET's Process does not know of, so that nobody but the test reaps it.</summary>
internal static unsafe partial class SpawnedChild
{
    /// <summary>More than sizeof(posix_spawn_file_actions_t) of any libc (80 in glibc).</summary>
    private const int ActionsSize = 256;

    /// <summary>Runs a shell script; returns its pid.</summary>
    internal static int Shell(string script, FileDescriptor? input = null, FileDescriptor? output = null)
        => Start(["/bin/sh", "-c", script], input, output);

    private static int Start(string[] arguments, FileDescriptor? input, FileDescriptor? output)
    {
        byte* actions = stackalloc byte[ActionsSize];
        byte** argv = stackalloc byte*[arguments.Length + 1];
        byte** environment = stackalloc byte*[2];
        environment[0] = (byte*)Marshal.StringToCoTaskMemUTF8("PATH=/usr/bin:/bin");
        for (int i = 0; i < arguments.Length; i++)
        {
            argv[i] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        }

        argv[arguments.Length] = null;
        environment[1] = null;
        try
        {
            Check(posix_spawn_file_actions_init(actions));
            Redirect(actions, input, 0);
            Redirect(actions, output, 1);
            int pid;
            Check(posix_spawn(&pid, argv[0], actions, null, argv, environment));
            return pid;
        }
        finally
        {
            _ = posix_spawn_file_actions_destroy(actions);
            Marshal.FreeCoTaskMem((nint)environment[0]);
            for (int i = 0; i < arguments.Length; i++)
            {
                Marshal.FreeCoTaskMem((nint)argv[i]);
            }
        }
    }

    private static void Redirect(byte* actions, FileDescriptor? descriptor, int target)
    {
        if (descriptor is not null)
        {
            Check(posix_spawn_file_actions_adddup2(actions, (int)descriptor.DangerousGetHandle(), target));
        }
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new LinuxException("posix_spawn", (Errno)error);
        }
    }

    [LibraryImport("libc")]
    private static partial int posix_spawn(int* pid, byte* path, byte* actions, byte* attributes, byte** argv, byte** environment);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(byte* actions, int descriptor, int target);
}
