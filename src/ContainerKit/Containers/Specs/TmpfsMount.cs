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

    /// <summary>True: set-user-ID bits and file capabilities have no effect there. Default true, as Docker's is.</summary>
    public bool NoSuid { get; init; } = true;

    /// <summary>True: device files there can't be opened. Default true, as Docker's is.</summary>
    public bool NoDev { get; init; } = true;

    /// <summary>The owner of its root directory inside the container; null: root.</summary>
    public uint? UserId { get; init; }

    /// <summary>The group of its root directory inside the container; null: root's.</summary>
    public uint? GroupId { get; init; }

    /// <summary>The most files and directories; null: the kernel's default, half of the pages of memory.</summary>
    public long? Inodes { get; init; }

    /// <summary>
    /// Reads Docker's options, as in <c>size=64m,mode=700,exec</c>: size, mode, uid, gid, nr_inodes, ro, rw, [no]exec, [no]suid, [no]dev.
    /// </summary>
    /// <param name="target">Absolute path inside the container.</param>
    /// <param name="options">The options; empty for the defaults.</param>
    /// <exception cref="FormatException">An option or its value is not known.</exception>
    public static TmpfsMount Parse(string target, string options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Split(',', StringSplitOptions.RemoveEmptyEntries).Aggregate(new TmpfsMount(target), (mount, option) => mount.With(option));
    }

    private TmpfsMount With(string option)
    {
        string[] parts = option.Split('=', 2);
        return (parts[0], parts.Length == 2 ? parts[1] : null) switch
        {
            ("ro", null) => this with { ReadOnly = true },
            ("rw", null) => this with { ReadOnly = false },
            ("exec" or "noexec", null) => this with { NoExec = option[0] == 'n' },
            ("suid" or "nosuid", null) => this with { NoSuid = option[0] == 'n' },
            ("dev" or "nodev", null) => this with { NoDev = option[0] == 'n' },
            ("size", string value) when ByteSize.TryParse(value, out ByteSize size) => this with { Size = size },
            ("mode", string value) when value.Length is > 0 and <= 5 && value.All(digit => digit is >= '0' and <= '7') => this with { Mode = (UnixFileMode)Convert.ToInt32(value, 8) },
            ("uid", string value) when uint.TryParse(value, out uint user) => this with { UserId = user },
            ("gid", string value) when uint.TryParse(value, out uint group) => this with { GroupId = group },
            ("nr_inodes", string value) when ByteSize.TryParse(value, out ByteSize inodes) => this with { Inodes = inodes.Bytes },
            _ => throw new FormatException($"'{option}' is no option of a tmpfs: expected size=, mode=, uid=, gid=, nr_inodes=, ro, rw, [no]exec, [no]suid or [no]dev."),
        };
    }
}
