using System.Reflection;

namespace ContainerKit.Compose.Running;

/// <summary>The version of this package, for labels.</summary>
internal static class ProjectVersion
{
    public static string Text { get; } = (typeof(ProjectVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];
}
