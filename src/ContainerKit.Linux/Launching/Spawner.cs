using System.Globalization;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Launching;

/// <summary>posix_spawn(3) with descriptors at known numbers, default signal actions and an empty signal mask.</summary>
internal static unsafe class Spawner
{
    private static FileDescriptor? s_null;

    /// <summary>/dev/null, opened once.</summary>
    internal static FileDescriptor Null => LazyInitializer.EnsureInitialized(
        ref s_null,
        () => new FileDescriptor(LinuxException.ThrowIfFailed(LibC.open("/dev/null", LibC.ORdWr | LibC.OCloExec, 0), "open", "/dev/null"), ownsDescriptor: true))!;

    /// <summary>Starts a sealed launch image.</summary>
    internal static int Start(SafeFileHandle image, IReadOnlyList<SafeHandle> descriptors)
    {
        bool added = false;
        image.DangerousAddRef(ref added);
        try
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{image.DangerousGetHandle()}");
            return Start(path, ["containerkit-launch"], [], descriptors);
        }
        finally
        {
            image.DangerousRelease();
        }
    }

    /// <summary>Starts a program; <paramref name="descriptors"/> become 0, 1, 2 and so on in it.</summary>
    /// <returns>Its pid; a child of this process that has to be waited for.</returns>
    internal static int Start(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, IReadOnlyList<SafeHandle> descriptors)
    {
        byte* actions = stackalloc byte[LibC.SpawnFileActionsSize];
        byte* attributes = stackalloc byte[LibC.SpawnAttributesSize];
        ThrowIfError(LibC.posix_spawn_file_actions_init(actions), "posix_spawn_file_actions_init");
        ThrowIfError(LibC.posix_spawnattr_init(attributes), "posix_spawnattr_init");
        List<FileDescriptor> copies = [];
        int rooted = 0;
        nint text = 0;
        try
        {
            for (; rooted < descriptors.Count; rooted++)
            {
                bool added = false;
                descriptors[rooted].DangerousAddRef(ref added);
            }

            for (int i = 0; i < descriptors.Count; i++)
            {
                ThrowIfError(LibC.posix_spawn_file_actions_adddup2(actions, NumberOf(descriptors[i], descriptors.Count, copies), i), "posix_spawn_file_actions_adddup2");
            }

            SetSignals(attributes);
            text = NativeStrings(arguments, environment, out byte** argv, out byte** envp);
            nint nativePath = Marshal.StringToCoTaskMemUTF8(path);
            try
            {
                ThrowIfError(LibC.posix_spawn(out int pid, (byte*)nativePath, actions, attributes, argv, envp), "posix_spawn", path);
                return pid;
            }
            finally
            {
                Marshal.FreeCoTaskMem(nativePath);
            }
        }
        finally
        {
            Marshal.FreeHGlobal(text);
            copies.ForEach(c => c.Dispose());
            for (int i = 0; i < rooted; i++)
            {
                descriptors[i].DangerousRelease();
            }

            _ = LibC.posix_spawn_file_actions_destroy(actions);
            _ = LibC.posix_spawnattr_destroy(attributes);
        }
    }

    /// <summary>A number that no later dup2 of the list overwrites.</summary>
    private static int NumberOf(SafeHandle descriptor, int count, List<FileDescriptor> copies)
    {
        int number = (int)descriptor.DangerousGetHandle();
        if (number >= count)
        {
            return number;
        }

        int copy = LinuxException.ThrowIfFailed(LibC.fcntl_number(number, LibC.FDupFdCloExec, count), "fcntl F_DUPFD_CLOEXEC");
        copies.Add(new FileDescriptor(copy, ownsDescriptor: true));
        return copy;
    }

    /// <summary>.NET ignores SIGPIPE, and an ignored signal stays ignored over execve.</summary>
    private static void SetSignals(byte* attributes)
    {
        byte* signals = stackalloc byte[LibC.SignalSetSize];
        _ = LibC.sigfillset(signals);
        ThrowIfError(LibC.posix_spawnattr_setsigdefault(attributes, signals), "posix_spawnattr_setsigdefault");
        _ = LibC.sigemptyset(signals);
        ThrowIfError(LibC.posix_spawnattr_setsigmask(attributes, signals), "posix_spawnattr_setsigmask");
        ThrowIfError(LibC.posix_spawnattr_setflags(attributes, LibC.PosixSpawnSetSigDef | LibC.PosixSpawnSetSigMask), "posix_spawnattr_setflags");
    }

    /// <summary>argv and envp in one block of memory that the caller frees.</summary>
    private static nint NativeStrings(IReadOnlyList<string> arguments, IReadOnlyList<string> environment, out byte** argv, out byte** envp)
    {
        int pointers = (arguments.Count + environment.Count + 2) * sizeof(byte*);
        int size = pointers + arguments.Concat(environment).Sum(s => System.Text.Encoding.UTF8.GetByteCount(s) + 1);
        nint block = Marshal.AllocHGlobal(size);
        argv = (byte**)block;
        envp = argv + arguments.Count + 1;
        byte* next = (byte*)block + pointers;
        WriteStrings(arguments, argv, ref next, (byte*)block + size);
        WriteStrings(environment, envp, ref next, (byte*)block + size);
        return block;
    }

    private static void WriteStrings(IReadOnlyList<string> values, byte** pointers, ref byte* next, byte* end)
    {
        for (int i = 0; i < values.Count; i++)
        {
            pointers[i] = next;
            next += System.Text.Encoding.UTF8.GetBytes(values[i], new Span<byte>(next, (int)(end - next)));
            *next++ = 0;
        }

        pointers[values.Count] = null;
    }

    private static void ThrowIfError(int error, string call, string? path = null)
    {
        if (error != 0)
        {
            throw new LinuxException(call, (Errno)error, path);
        }
    }
}
