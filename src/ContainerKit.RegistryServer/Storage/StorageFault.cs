namespace ContainerKit.RegistryServer.Storage;

/// <summary>Which failure of a file system call is meant: .NET gives errno as the result of an <see cref="IOException"/>.</summary>
internal static class StorageFault
{
    private const int WouldBlock = 11;
    private const int FileTooBig = 27;
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    /// <summary>Another process, or another request of this one, has the file locked.</summary>
    internal static bool IsLocked(IOException error) => error.HResult == WouldBlock;

    /// <summary>ENOSPC, EDQUOT, EFBIG: the disk, the quota of the user or what a file may be at most.</summary>
    internal static bool IsFull(Exception error) => error is IOException { HResult: NoSpace or QuotaExceeded or FileTooBig };
}
