using System.Diagnostics.CodeAnalysis;

namespace ContainerKit.Oci;

/// <summary>The name of an image as users write it, with Docker's defaults filled in: <c>ubuntu</c> is <c>docker.io/library/ubuntu:latest</c>.</summary>
/// <remarks>
/// The grammar is that of the <c>distribution/reference</c> project, which Docker, containerd and podman share:
/// <c>[registry[:port]/]path[:tag][@digest]</c>. The first component is a registry where it has a dot, a colon or an upper-case letter, or
/// is <c>localhost</c>. Without a tag and a digest the tag is <c>latest</c>; a tag beside a digest is kept, and the digest decides.
/// Instances are immutable and compare by value.
/// </remarks>
public sealed record ImageReference
{
    /// <summary>The registry of names that give none: <c>docker.io</c>.</summary>
    public const string DefaultRegistry = "docker.io";

    /// <summary>The tag of names that give neither tag nor digest: <c>latest</c>.</summary>
    public const string DefaultTag = "latest";

    private const string OfficialPrefix = "library/";
    private const string LegacyDefaultRegistry = "index.docker.io";

    private ImageReference(string registry, string repository, string? tag, Digest? digest)
    {
        Registry = registry;
        Repository = repository;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>Host name or address of the registry, with the port where one was given: <c>docker.io</c>, <c>localhost:5000</c>, <c>[::1]:5000</c>.</summary>
    public string Registry { get; }

    /// <summary>The path inside the registry: <c>library/ubuntu</c>.</summary>
    public string Repository { get; }

    /// <summary>The tag; null only where a digest was given without one.</summary>
    public string? Tag { get; }

    /// <summary>The digest, or null.</summary>
    public Digest? Digest { get; }

    /// <summary>Registry and repository: <c>docker.io/library/ubuntu</c>.</summary>
    public string Name => $"{Registry}/{Repository}";

    /// <summary>The shortest name that means the same repository: <c>ubuntu</c>, <c>owner/name</c>, <c>quay.io/owner/name</c>.</summary>
    public string FamiliarName
    {
        get
        {
            if (Registry != DefaultRegistry)
            {
                return Name;
            }

            string official = Repository.StartsWith(OfficialPrefix, StringComparison.Ordinal) ? Repository[OfficialPrefix.Length..] : "";
            string familiar = official.Length == 0 || official.Contains('/', StringComparison.Ordinal) ? Repository : official;
            // library/<64 hex digits> would read as an image id, and docker.io/a.b/c as the registry a.b, when shortened.
            if (ReferenceGrammar.IsImageId(familiar))
            {
                return Repository;
            }

            return ReferenceGrammar.StartsWithRegistry(familiar) ? Name : familiar;
        }
    }

    /// <summary>The short form with tag and digest, as Docker shows it: <c>ubuntu:latest</c>.</summary>
    public string FamiliarString => FamiliarName + Suffix;

    private string Suffix => (Tag is null ? "" : ":" + Tag) + (Digest is null ? "" : "@" + Digest);

    /// <summary>Reads a reference.</summary>
    /// <param name="text">A short, familiar or canonical name.</param>
    /// <exception cref="OciFormatException">The text breaks the grammar; the message says how.</exception>
    public static ImageReference Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string? fault = Read(text, out ImageReference? reference);
        return fault is null ? reference! : throw new OciFormatException("image reference", $"\"{text}\"", fault);
    }

    /// <summary>Reads a reference; false where the text breaks the grammar.</summary>
    /// <param name="text">A short, familiar or canonical name; null is none.</param>
    /// <param name="reference">The reference, or null.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ImageReference? reference)
    {
        reference = null;
        return text is not null && Read(text, out reference) is null;
    }

    /// <summary>The same repository with another tag and no digest.</summary>
    /// <param name="tag">Up to 128 letters, digits, <c>_</c>, <c>.</c> and <c>-</c>; not beginning with the last two.</param>
    /// <exception cref="OciFormatException">The tag breaks the grammar.</exception>
    public ImageReference WithTag(string tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return ReferenceGrammar.CheckTag(tag) is { } fault
            ? throw new OciFormatException("image tag", $"\"{tag}\"", fault)
            : new ImageReference(Registry, Repository, tag, null);
    }

    /// <summary>The same repository and tag, pinned to content.</summary>
    /// <param name="digest">The digest of a manifest or index.</param>
    /// <exception cref="ArgumentException">The digest is the default value.</exception>
    public ImageReference WithDigest(Digest digest)
        => digest.IsEmpty
            ? throw new ArgumentException("an empty digest pins nothing", nameof(digest))
            : new ImageReference(Registry, Repository, Tag, digest);

    /// <summary>The canonical form, everything spelled out: <c>docker.io/library/ubuntu:latest</c>.</summary>
    public override string ToString() => Name + Suffix;

    private static string? Read(string text, out ImageReference? reference)
    {
        reference = null;
        if (text.Length == 0)
        {
            return "is empty";
        }

        if (text.Length > OciLimits.MaxReferenceLength)
        {
            return $"is longer than {OciLimits.MaxReferenceLength} characters";
        }

        if (ReferenceGrammar.IsImageId(text))
        {
            return "64 hex digits are an image id and can't be a name";
        }

        string name = text;
        Digest? digest = null;
        int at = name.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            if (!Oci.Digest.TryParse(name[(at + 1)..], out Digest parsed))
            {
                return $"\"{name[(at + 1)..]}\" is no digest; expected sha256:<64 lower-case hex digits>";
            }

            digest = parsed;
            name = name[..at];
        }

        // A colon before the last slash belongs to the registry's port or address.
        string? tag = null;
        int colon = name.LastIndexOf(':');
        if (colon > name.LastIndexOf('/'))
        {
            tag = name[(colon + 1)..];
            name = name[..colon];
            if (ReferenceGrammar.CheckTag(tag) is { } tagFault)
            {
                return tagFault;
            }
        }

        (string registry, string repository) = Split(name);
        string? fault = ReferenceGrammar.CheckRegistry(registry) ?? ReferenceGrammar.CheckRepository(repository);
        if (fault is null)
        {
            reference = new ImageReference(registry, repository, tag ?? (digest is null ? DefaultTag : null), digest);
        }

        return fault;
    }

    private static (string Registry, string Repository) Split(string name)
    {
        bool hasRegistry = ReferenceGrammar.StartsWithRegistry(name);
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        string registry = hasRegistry ? name[..slash] : DefaultRegistry;
        string repository = hasRegistry ? name[(slash + 1)..] : name;
        if (registry == LegacyDefaultRegistry)
        {
            registry = DefaultRegistry;
        }

        if (registry == DefaultRegistry && !repository.Contains('/', StringComparison.Ordinal))
        {
            repository = OfficialPrefix + repository;
        }

        return (registry, repository);
    }
}
