using ContainerKit.Builds.Parsing;
using ContainerKit.Oci;

namespace ContainerKit.Builds.Execution;

/// <summary>The flags of COPY and ADD.</summary>
internal sealed record CopyFlags
{
    private static readonly string[] OfCopy = ["from", "chown", "chmod", "link", "parents", "exclude"];
    private static readonly string[] OfAdd = ["chown", "chmod", "link", "exclude", "checksum", "keep-git-dir", "unpack"];

    public string? From { get; init; }

    public string? Owner { get; init; }

    public string? Mode { get; init; }

    public bool Link { get; init; }

    public bool Parents { get; init; }

    public IReadOnlyList<string> Excludes { get; init; } = [];

    /// <summary>A digest for a download, a commit for a repository.</summary>
    public string? Checksum { get; init; }

    /// <summary>True: a repository keeps its .git.</summary>
    public bool KeepGitDirectory { get; init; }

    /// <summary>Null: archives of the context are unpacked, downloaded ones are not.</summary>
    public bool? Unpack { get; init; }

    /// <exception cref="FormatException">A flag is not known, or its value is not allowed.</exception>
    public static CopyFlags Parse(DockerfileInstruction instruction, WordExpander expander)
    {
        var flags = new CopyFlags();
        string[] known = instruction.Is("COPY") ? OfCopy : OfAdd;
        foreach (DockerfileFlag flag in instruction.Flags)
        {
            if (!known.Contains(flag.Name))
            {
                throw new FormatException($"{instruction.Keyword} has no flag --{flag.Name}.{Spelling.Hint(flag.Name, known)}");
            }
            string? value = flag.Value is null ? null : expander.Expand(flag.Value);
            flags = (flag.Name, value) switch
            {
                ("link", _) => flags with { Link = ParseBoolean(flag.Name, value) },
                ("parents", _) => flags with { Parents = ParseBoolean(flag.Name, value) },
                ("unpack", _) => flags with { Unpack = ParseBoolean(flag.Name, value) },
                ("keep-git-dir", _) => flags with { KeepGitDirectory = ParseBoolean(flag.Name, value) },
                (_, null or "") => throw new FormatException($"--{flag.Name} needs a value."),
                ("from", _) => flags with { From = value },
                ("chown", _) => flags with { Owner = value },
                ("chmod", _) => flags with { Mode = value },
                ("exclude", _) => flags with { Excludes = [.. flags.Excludes, value] },
                _ => flags with { Checksum = value },
            };
        }
        return flags;
    }

    /// <summary>The checksum of a download; null for none.</summary>
    /// <exception cref="FormatException">It is no digest.</exception>
    public Digest? ParseDigest()
        => Checksum is null ? null : Digest.TryParse(Checksum, out Digest digest) ? digest : throw new FormatException($"--checksum={Checksum} is no digest: expected sha256: and 64 hex digits.");

    private static bool ParseBoolean(string name, string? value) => value?.ToLowerInvariant() switch
    {
        null or "" or "true" or "1" => true,
        "false" or "0" => false,
        _ => throw new FormatException($"--{name}={value} is not allowed: expected true or false."),
    };
}
