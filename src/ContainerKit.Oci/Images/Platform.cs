using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using ContainerKit.Oci.Json;

namespace ContainerKit.Oci;

/// <summary>Operating system and processor that an image is for, in Go's names: <c>linux/amd64</c>, <c>linux/arm/v7</c>.</summary>
public sealed record Platform
{
    private const string Linux = "linux";

    /// <summary>The operating system, for instance <c>linux</c>.</summary>
    [JsonPropertyName("os")]
    public required string Os { get; init; }

    /// <summary>The processor, for instance <c>amd64</c>, <c>arm64</c>, <c>arm</c>, <c>386</c>, <c>riscv64</c>.</summary>
    [JsonPropertyName("architecture")]
    public required string Architecture { get; init; }

    /// <summary>The processor's variant, for instance <c>v7</c> of <c>arm</c>; null for the usual one.</summary>
    [JsonPropertyName("variant")]
    public string? Variant { get; init; }

    /// <summary>Version of the operating system (Windows); null otherwise.</summary>
    [JsonPropertyName("os.version")]
    public string? OsVersion { get; init; }

    /// <summary>Features that the operating system needs to have (Windows); usually empty.</summary>
    [JsonPropertyName("os.features")]
    [AllowNull]
    public IReadOnlyList<string> OsFeatures { get; init => field = ValueList<string>.From(value, nameof(OsFeatures)); } = ValueList<string>.From(null, nameof(OsFeatures));

    /// <summary>What containers on this machine are: <c>linux</c> and this operating system's processor.</summary>
    /// <remarks>Containers are Linux containers, so the operating system is <c>linux</c> on Windows and macOS, too.</remarks>
    [JsonIgnore]
    public static Platform Current { get; } = ForArchitecture(RuntimeInformation.OSArchitecture);

    /// <summary>Reads <c>os/architecture</c> or <c>os/architecture/variant</c> and brings the processor's name to Go's form.</summary>
    /// <param name="text">For instance <c>linux/arm64</c>, <c>linux/aarch64</c> or <c>linux/arm/v6</c>.</param>
    /// <exception cref="OciFormatException">The text has another form.</exception>
    public static Platform Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('/', 4);
        bool valid = parts.Length is 2 or 3
            && Array.TrueForAll(parts, part => part.Length > 0 && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-'));
        return valid
            ? new Platform { Os = parts[0], Architecture = parts[1], Variant = parts.Length == 3 ? parts[2] : null }.Normalize()
            : throw new OciFormatException("platform", $"\"{text}\"", "expected os/architecture or os/architecture/variant");
    }

    /// <summary>The same platform in the one usual spelling: lower case, Go's processor names, and no variant where it is the default.</summary>
    /// <returns><c>x86_64</c> becomes <c>amd64</c>, <c>aarch64</c> and <c>arm64/v8</c> become <c>arm64</c>, <c>arm</c> becomes <c>arm/v7</c>.</returns>
    public Platform Normalize()
    {
        string variant = Variant?.ToLowerInvariant() ?? "";
        (string Architecture, string Variant) processor = (Architecture.ToLowerInvariant(), variant) switch
        {
            ("x86_64" or "x86-64" or "amd64", "v1") => ("amd64", ""),
            ("x86_64" or "x86-64", _) => ("amd64", variant),
            ("i386" or "i486" or "i586" or "i686", _) => ("386", ""),
            ("aarch64" or "arm64", "8" or "v8") => ("arm64", ""),
            ("aarch64", _) => ("arm64", variant),
            ("armhf", _) => ("arm", "v7"),
            ("armel", _) => ("arm", "v6"),
            ("arm", "" or "7") => ("arm", "v7"),
            ("arm", "5" or "6" or "8") => ("arm", "v" + variant),
            (var other, _) => (other, variant),
        };
        return this with
        {
            Os = Os.ToLowerInvariant(),
            Architecture = processor.Architecture,
            Variant = processor.Variant.Length == 0 ? null : processor.Variant,
        };
    }

    /// <summary>True where an image for <paramref name="offered"/> runs here.</summary>
    /// <param name="offered">The image's platform.</param>
    public bool CanRun(Platform offered) => RankOf(offered) is not null;

    /// <summary>How well an image for <paramref name="offered"/> suits this platform.</summary>
    /// <param name="offered">The image's platform.</param>
    /// <returns>
    /// 0 for the same platform, more for one that runs as well but is less fitting: a lower variant (<c>arm/v7</c> runs v7, v6, v5), then the
    /// 32-bit processor that a 64-bit one includes (<c>arm64</c> runs <c>arm/v8</c> and below, <c>amd64</c> runs <c>386</c>). Null where it doesn't run.
    /// </returns>
    public int? RankOf(Platform offered)
    {
        ArgumentNullException.ThrowIfNull(offered);
        Platform wanted = Normalize();
        Platform other = offered.Normalize();
        if (wanted.Os != other.Os)
        {
            return null;
        }

        int rank = Array.IndexOf(Processors(wanted), (other.Architecture, other.Variant ?? ""));
        return rank < 0 ? null : rank;
    }

    /// <summary>The platform as it is written: <c>linux/arm/v7</c>.</summary>
    public override string ToString() => Variant is null ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";

    /// <summary>What a normalised platform runs, the best first.</summary>
    private static (string Architecture, string Variant)[] Processors(Platform platform)
        => (platform.Architecture, platform.Variant) switch
        {
            ("arm", "v8") => [("arm", "v8"), ("arm", "v7"), ("arm", "v6"), ("arm", "v5")],
            ("arm", "v7") => [("arm", "v7"), ("arm", "v6"), ("arm", "v5")],
            ("arm", "v6") => [("arm", "v6"), ("arm", "v5")],
            ("arm64", null) => [("arm64", ""), ("arm", "v8"), ("arm", "v7"), ("arm", "v6"), ("arm", "v5")],
            ("amd64", "v4") => [("amd64", "v4"), ("amd64", "v3"), ("amd64", "v2"), ("amd64", ""), ("386", "")],
            ("amd64", "v3") => [("amd64", "v3"), ("amd64", "v2"), ("amd64", ""), ("386", "")],
            ("amd64", "v2") => [("amd64", "v2"), ("amd64", ""), ("386", "")],
            ("amd64", null) => [("amd64", ""), ("386", "")],
            (var architecture, var variant) => [(architecture, variant ?? "")],
        };

    private static Platform ForArchitecture(Architecture architecture)
    {
        (string name, string? variant) = architecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => ("amd64", null),
            System.Runtime.InteropServices.Architecture.X86 => ("386", null),
            System.Runtime.InteropServices.Architecture.Arm => ("arm", "v7"),
            System.Runtime.InteropServices.Architecture.Armv6 => ("arm", "v6"),
            _ => (architecture.ToString().ToLowerInvariant(), (string?)null),
        };
        return new Platform { Os = Linux, Architecture = name, Variant = variant };
    }
}
