using System.Collections.Frozen;
using System.Globalization;
using ContainerKit.Oci;

namespace ContainerKit.Builds.Planning;

/// <summary>The values that a build was given, and those that every build has.</summary>
internal sealed class BuildArguments
{
    /// <summary>Known to every RUN without an ARG, and no part of the cache's keys or of the image.</summary>
    public static FrozenSet<string> Proxies { get; } = FrozenSet.Create(
        StringComparer.Ordinal,
        "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy");

    private readonly Dictionary<string, string> _given = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _predefined = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    public BuildArguments(BuildSpec spec)
    {
        foreach ((string name, string? value) in spec.Arguments)
        {
            if ((value ?? Environment.GetEnvironmentVariable(name)) is { } known)
            {
                _given[name] = known;
            }
        }
        Platform build = Platform.Current;
        Target = (spec.Platform ?? build).Normalize();
        Define("BUILD", build);
        Define("TARGET", Target);
        _predefined["TARGETSTAGE"] = spec.Target ?? "default";
        SourceDate = spec.SourceDate?.ToUnixTimeSeconds() ?? ParseDate(Given("SOURCE_DATE_EPOCH"));
    }

    /// <summary>What the image is for.</summary>
    public Platform Target { get; }

    /// <summary>SOURCE_DATE_EPOCH, in seconds since 1970; null for none.</summary>
    public long? SourceDate { get; }

    /// <summary>The values of the proxy arguments that were given.</summary>
    public IEnumerable<KeyValuePair<string, string>> GivenProxies => _given.Where(pair => Proxies.Contains(pair.Key));

    /// <summary>Arguments that were given and that nothing has asked for.</summary>
    public IEnumerable<string> Unused
        => _given.Keys.Where(name => !_used.Contains(name) && !Proxies.Contains(name) && !name.StartsWith("BUILDKIT_", StringComparison.Ordinal) && name != "SOURCE_DATE_EPOCH")
            .Order(StringComparer.Ordinal);

    /// <summary>The value that the build was given for a name; null for none.</summary>
    public string? Given(string name)
    {
        lock (_used)
        {
            _used.Add(name);
        }
        return _given.GetValueOrDefault(name);
    }

    /// <summary>The value that every build has for a name; null for none.</summary>
    public string? Predefined(string name) => _predefined.GetValueOrDefault(name);

    private void Define(string prefix, Platform platform)
    {
        _predefined[prefix + "PLATFORM"] = platform.ToString();
        _predefined[prefix + "OS"] = platform.Os;
        _predefined[prefix + "ARCH"] = platform.Architecture;
        _predefined[prefix + "VARIANT"] = platform.Variant ?? "";
    }

    private static long? ParseDate(string? text)
        => string.IsNullOrEmpty(text) ? null
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seconds) ? seconds
            : throw new BuildException($"SOURCE_DATE_EPOCH is '{text}': expected seconds since 1970.");
}
