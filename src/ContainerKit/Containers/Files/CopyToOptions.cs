namespace ContainerKit;

/// <summary>How files are copied into a container.</summary>
public sealed record CopyToOptions
{
    /// <summary>
    /// Who gets the files: <c>user[:group]</c>, names from the container's /etc/passwd and /etc/group or numbers. Default null: root for
    /// files of this machine, and for an archive whom it says.
    /// </summary>
    public string? Owner { get; init; }

    /// <summary>True: files of this machine keep the numbers of their owners. Not together with <see cref="Owner"/>. Default false.</summary>
    public bool KeepOwners { get; init; }

    /// <summary>True: a directory is not replaced by something else, nor the reverse (Docker's noOverwriteDirNonDir). Default false.</summary>
    public bool KeepTypes { get; init; }

    internal void Validate()
    {
        if (Owner is not null && KeepOwners)
            throw new ArgumentException($"{nameof(Owner)} '{Owner}' is not allowed together with {nameof(KeepOwners)}: choose one.");
    }
}
