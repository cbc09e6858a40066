using ContainerKit.Cli.CommandLine;

namespace ContainerKit.Cli.Containers;

/// <summary><c>-v SOURCE:TARGET[:OPTIONS]</c>, and <c>-v TARGET</c> for an anonymous volume.</summary>
internal static class VolumeFlags
{
    public static List<string> Anonymous(CommandInvocation invocation) => [.. invocation.Values("volume").Where(text => !text.Contains(':', StringComparison.Ordinal))];

    public static IReadOnlyList<string>? Binds(CommandInvocation invocation)
        => invocation.Has("volume") ? [.. invocation.Values("volume").Where(text => text.Contains(':', StringComparison.Ordinal)).Select(Absolute)] : null;

    /// <summary>A path of this machine is relative to where the command runs; a name alone is that of a volume.</summary>
    private static string Absolute(string volume)
    {
        if (volume is not ['/' or '.' or '~', ..])
            return volume;
        int colon = volume.IndexOf(':', StringComparison.Ordinal);
        return Path.GetFullPath(volume[..colon]) + volume[colon..];
    }
}
