namespace ContainerKit.Compose.Services;

/// <summary>The labels by which docker compose, and tools that know it, recognise what belongs to a project.</summary>
internal static class ComposeLabels
{
    public const string Prefix = "com.docker.compose.";
    public const string Project = Prefix + "project";
    public const string Service = Prefix + "service";
    public const string Number = Prefix + "container-number";
    public const string OneOff = Prefix + "oneoff";
    public const string ConfigHash = Prefix + "config-hash";
    public const string Image = Prefix + "image";
    public const string ConfigFiles = Prefix + "project.config_files";
    public const string WorkingDirectory = Prefix + "project.working_dir";
    public const string DependsOn = Prefix + "depends_on";
    public const string Network = Prefix + "network";
    public const string Volume = Prefix + "volume";
    public const string Replaced = Prefix + "replace";
    public const string Version = Prefix + "version";
}
