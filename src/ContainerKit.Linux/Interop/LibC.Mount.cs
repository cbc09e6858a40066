using System.Runtime.InteropServices;

namespace ContainerKit.Linux.Interop;

/// <summary>Mounts in this process's own mount namespace: mount(2), umount(2).</summary>
internal static partial class LibC
{
    internal const int MntDetach = 2;

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mount(string source, string target, string type, nuint flags, string? data);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int umount2(string target, int flags);
}
