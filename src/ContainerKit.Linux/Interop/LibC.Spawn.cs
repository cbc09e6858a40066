using System.Runtime.InteropServices;

namespace ContainerKit.Linux.Interop;

/// <content>posix_spawn(3), memfd_create(2), waitpid(2).</content>
internal static unsafe partial class LibC
{
    /// <summary>Opaque structures; glibc needs 80 and 336 bytes, musl 80 and 336 as well.</summary>
    internal const int SpawnFileActionsSize = 256;
    internal const int SpawnAttributesSize = 512;
    internal const int SignalSetSize = 128;

    internal const short PosixSpawnSetSigDef = 0x04;
    internal const short PosixSpawnSetSigMask = 0x08;

    internal const uint MfdCloexec = 1;
    internal const uint MfdAllowSealing = 2;
    internal const uint MfdExec = 0x10;

    internal const int FAddSeals = 1033;
    internal const int FSealAll = 0x0F; // F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE

    // The posix_spawn family returns the error number and leaves errno alone.
    [LibraryImport(Library)]
    internal static partial int posix_spawn(out int pid, byte* path, void* fileActions, void* attributes, byte** argv, byte** envp);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_destroy(void* actions);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_adddup2(void* actions, int from, int to);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_destroy(void* attributes);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setsigdefault(void* attributes, void* signals);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setsigmask(void* attributes, void* signals);

    [LibraryImport(Library)]
    internal static partial int sigfillset(void* signals);

    [LibraryImport(Library)]
    internal static partial int sigemptyset(void* signals);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int memfd_create(string name, uint flags);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int fcntl_number(int descriptor, int command, nint argument);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int fcntl_seals(Microsoft.Win32.SafeHandles.SafeFileHandle descriptor, int command, nint argument);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int waitpid(int pid, int* status, int options);

    [LibraryImport(Library)]
    internal static partial uint geteuid();

    [LibraryImport(Library)]
    internal static partial uint getegid();
}
