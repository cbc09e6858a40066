namespace ContainerKit;

/// <summary>A volume that is visible inside a container.</summary>
/// <param name="Name">The volume's name; it is made when it is missing. Null: a volume of the container's own, which can be removed with it.</param>
/// <param name="Target">Absolute path inside the container; made when missing.</param>
/// <param name="ReadOnly">True: the container can't write there.</param>
public sealed record VolumeMount(string? Name, string Target, bool ReadOnly = false)
{
    /// <summary>
    /// True: an empty volume stays empty. Default false: it is filled with what the image has at the target, with owners and modes.
    /// </summary>
    public bool NoCopy { get; init; }

    /// <summary>
    /// What of the volume is visible: the path of a directory or file that is in it when the container starts; null: all of it. No symbolic link in the
    /// volume leads out of it. With a subpath an empty volume stays empty.
    /// </summary>
    public string? Subpath { get; init; }

    /// <summary>
    /// Reads Docker's form <c>[NAME:]TARGET[:OPTIONS]</c> with options as in <c>ro,nocopy</c>: ro, rw, nocopy, and z and Z, which have a meaning on
    /// SELinux hosts only.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is not of this form, or an option is not known.</exception>
    public static VolumeMount Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split(':');
        VolumeMount? mount = parts switch
        {
            [['/', ..] target] => new VolumeMount(null, target),
            [{ Length: > 0 } name, ['/', ..] target] when name[0] != '/' => new VolumeMount(name, target),
            [{ Length: > 0 } name, ['/', ..] target, _] when name[0] != '/' => new VolumeMount(name, target),
            _ => throw new FormatException($"'{text}' is no volume: expected TARGET, NAME:TARGET or NAME:TARGET:OPTIONS."),
        };
        return parts.Length < 3 ? mount : parts[2].Split(',', StringSplitOptions.RemoveEmptyEntries).Aggregate(mount, (result, option) => option switch
        {
            "ro" => result with { ReadOnly = true },
            "rw" => result with { ReadOnly = false },
            "nocopy" => result with { NoCopy = true },
            "z" or "Z" => result,
            _ => throw new FormatException($"'{option}' is no option of a volume: expected ro, rw, nocopy, z or Z."),
        });
    }
}
