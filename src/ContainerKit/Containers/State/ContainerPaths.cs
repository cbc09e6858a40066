namespace ContainerKit.Containers.State;

/// <summary>Where the files of a data root's containers are.</summary>
internal sealed class ContainerPaths(string dataRoot)
{
    internal string DataRoot { get; } = dataRoot;

    internal string Root { get; } = Path.Combine(dataRoot, "containers");

    /// <summary>A symbolic link a name, whose target is the container's id.</summary>
    internal string Names { get; } = Path.Combine(dataRoot, "containers", "names");

    internal string NamesLock { get; } = Path.Combine(dataRoot, "containers", "names.lock");

    /// <summary>Directories that wait for their container.</summary>
    internal string Prepared { get; } = Path.Combine(dataRoot, "prepared");

    /// <summary>
    /// A container's directory is moved here before anything in it is deleted, so a half-removed container is never taken for a whole one.
    /// </summary>
    internal string Removing { get; } = Path.Combine(dataRoot, "removing");

    internal string DirectoryOf(string id) => $"{Root}/{id}";

    internal string PreparedDirectoryOf(string id) => $"{Prepared}/{id}";

    internal string RemovingDirectoryOf(string id) => $"{Removing}/{id}";

    internal static string Config(string directory) => $"{directory}/config.json";

    internal static string State(string directory) => $"{directory}/state.json";

    internal static string Upper(string directory) => $"{directory}/upper";

    /// <summary>The names of the volumes that were made for the container alone and go with it, a line each.</summary>
    internal static string OwnVolumes(string directory) => $"{directory}/volumes";

    internal static string Work(string directory) => $"{directory}/work";

    /// <summary>What the supervisor of a detached container writes down.</summary>
    internal static string Supervision(string directory) => $"{directory}/supervision";

    /// <summary>The log, whose name tells its format.</summary>
    internal static string Log(string directory, ContainerConfig config)
        => config.IsDetached ? $"{directory}/{config.Id}-framed.log" : Log(directory, config.Id);

    /// <summary>Docker's name for it, which log shippers look for.</summary>
    internal static string Log(string directory, string id) => $"{directory}/{id}-json.log";
}
