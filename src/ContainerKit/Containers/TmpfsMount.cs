namespace ContainerKit;

/// <summary>An empty file system in memory, tmpfs(5). What is in it is lost when the container ends.</summary>
/// <param name="Target">Absolute path inside the container; made when missing.</param>
/// <param name="Size">The most it may hold; null for the kernel's default, half of the memory.</param>
/// <param name="Mode">Permissions of its root directory. The default is 1777, as Docker's is.</param>
/// <param name="ReadOnly">True: the container can't write there.</param>
/// <param name="NoExec">True: nothing there can be executed. Default true, as Docker's is.</param>
public sealed record TmpfsMount(
    string Target,
    ByteSize? Size = null,
    UnixFileMode Mode = TmpfsMount.DefaultMode,
    bool ReadOnly = false,
    bool NoExec = true)
{
    /// <summary>1777: everybody may write, only owners may delete.</summary>
    public const UnixFileMode DefaultMode = UnixFileMode.StickyBit
        | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
}
