namespace ContainerKit;

/// <summary>A file or directory of the host that is visible inside a container.</summary>
/// <param name="Source">Path on the host; relative paths start at the current directory at the time of creation. It must exist.</param>
/// <param name="Target">Absolute path inside the container; made when missing.</param>
/// <param name="ReadOnly">True: the container can't write there.</param>
public sealed record BindMount(string Source, string Target, bool ReadOnly = false)
{
    /// <summary>Whether later mounts are seen on the other side. Default <see cref="MountPropagation.Private"/>.</summary>
    public MountPropagation Propagation { get; init; }

    /// <summary>True: a source that is missing is made, as a directory, when the container is started; false: it is an error.</summary>
    public bool CreateSource { get; init; }

    /// <summary>True: mounts below the source are left out. Default false.</summary>
    public bool NonRecursive { get; init; }

    /// <summary>True: <see cref="ReadOnly"/> is for the mount itself and not for mounts below it. Default false.</summary>
    public bool ReadOnlyNonRecursive { get; init; }

    /// <summary>True: nothing there can be executed.</summary>
    public bool NoExec { get; init; }

    /// <summary>True: set-user-ID bits and file capabilities have no effect there.</summary>
    public bool NoSuid { get; init; }

    /// <summary>True: device files there can't be opened.</summary>
    public bool NoDev { get; init; }

    /// <summary>
    /// Reads Docker's form <c>SOURCE:TARGET[:OPTIONS]</c> with options as in <c>ro,rshared</c>: ro, rw, bind, rbind, [r]private, [r]slave,
    /// [r]shared, exec, noexec, suid, nosuid, dev, nodev, and z and Z, which have a meaning on SELinux hosts only. As with Docker, a missing
    /// source is made.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is not of this form, or an option is not known.</exception>
    public static BindMount Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Split(':') is not [{ Length: > 0 } source, { Length: > 0 } target, .. { Length: <= 1 } rest])
            throw new FormatException($"'{text}' is no bind: expected SOURCE:TARGET or SOURCE:TARGET:OPTIONS.");
        var mount = new BindMount(source, target) { CreateSource = true };
        return rest.SelectMany(options => options.Split(',', StringSplitOptions.RemoveEmptyEntries)).Aggregate(mount, (result, option) => result.With(option));
    }

    private BindMount With(string option) => option switch
    {
        "ro" => this with { ReadOnly = true },
        "rw" => this with { ReadOnly = false },
        "bind" => this with { NonRecursive = true },
        "rbind" => this with { NonRecursive = false },
        "private" or "rprivate" => this with { Propagation = MountPropagation.Private },
        "slave" or "rslave" => this with { Propagation = MountPropagation.Slave },
        "shared" or "rshared" => this with { Propagation = MountPropagation.Shared },
        "noexec" or "exec" => this with { NoExec = option[0] == 'n' },
        "nosuid" or "suid" => this with { NoSuid = option[0] == 'n' },
        "nodev" or "dev" => this with { NoDev = option[0] == 'n' },
        "z" or "Z" => this,
        _ => throw new FormatException($"'{option}' is no option of a bind: expected ro, rw, bind, rbind, [r]private, [r]slave, [r]shared, [no]exec, [no]suid, [no]dev, z or Z."),
    };
}
