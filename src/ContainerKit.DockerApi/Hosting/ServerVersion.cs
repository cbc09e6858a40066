using System.Reflection;

namespace ContainerKit.DockerApi.Hosting;

/// <summary>Who answers.</summary>
internal static class ServerVersion
{
    internal const string PlatformName = "ContainerKit";

    /// <summary>The package's version, without the commit.</summary>
    internal static string Text { get; } = typeof(ServerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>The commit that it was built from, when the build knew.</summary>
    internal static string Commit { get; }
        = typeof(ServerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is [_, { } commit] ? commit : "unknown";
}
