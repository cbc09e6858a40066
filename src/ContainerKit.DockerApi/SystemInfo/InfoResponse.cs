namespace ContainerKit.DockerApi.SystemInfo;

/// <summary>GET /info.</summary>
internal sealed record InfoResponse
{
    public required string ID { get; init; }

    public required int Containers { get; init; }

    public required int ContainersRunning { get; init; }

    public required int ContainersPaused { get; init; }

    public required int ContainersStopped { get; init; }

    public required int Images { get; init; }

    public string Driver { get; init; } = "overlay2";

    public IReadOnlyList<string[]> DriverStatus { get; init; } = [];

    public required string DockerRootDir { get; init; }

    public PluginNames Plugins { get; init; } = new();

    public bool MemoryLimit { get; init; }

    public bool SwapLimit { get; init; }

    public bool CpuCfsPeriod { get; init; }

    public bool CpuCfsQuota { get; init; }

    public bool CPUShares { get; init; }

    public bool CPUSet { get; init; }

    public bool PidsLimit { get; init; }

    public bool OomKillDisable { get; init; }

    public bool IPv4Forwarding { get; init; }

    public bool Debug { get; init; }

    public int NFd { get; init; }

    public int NGoroutines { get; init; }

    public required string SystemTime { get; init; }

    public string LoggingDriver { get; init; } = "json-file";

    public string CgroupDriver { get; init; } = "cgroupfs";

    public required string CgroupVersion { get; init; }

    public int NEventsListener { get; init; }

    public required string KernelVersion { get; init; }

    public required string OperatingSystem { get; init; }

    public required string OSVersion { get; init; }

    public string OSType { get; init; } = "linux";

    public required string Architecture { get; init; }

    public string IndexServerAddress { get; init; } = "https://index.docker.io/v1/";

    public required RegistryConfiguration RegistryConfig { get; init; }

    public required int NCPU { get; init; }

    public required long MemTotal { get; init; }

    public IReadOnlyList<string> GenericResources { get; init; } = [];

    public string HttpProxy { get; init; } = "";

    public string HttpsProxy { get; init; } = "";

    public string NoProxy { get; init; } = "";

    public required string Name { get; init; }

    public IReadOnlyList<string> Labels { get; init; } = [];

    public bool ExperimentalBuild { get; init; }

    public required string ServerVersion { get; init; }

    public required IReadOnlyDictionary<string, RuntimePath> Runtimes { get; init; }

    public required string DefaultRuntime { get; init; }

    public ClusterState Swarm { get; init; } = new();

    public bool LiveRestoreEnabled { get; init; }

    public string Isolation { get; init; } = "";

    public string InitBinary { get; init; } = "containerkit";

    public CommitId ContainerdCommit { get; init; } = new("");

    public CommitId RuncCommit { get; init; } = new("");

    public CommitId InitCommit { get; init; } = new("");

    public required IReadOnlyList<string> SecurityOptions { get; init; }

    public IReadOnlyList<string> CDISpecDirs { get; init; } = [];

    public IReadOnlyList<string> Warnings { get; init; } = [];

    internal sealed record RuntimePath(string Path);

    internal sealed record CommitId(string ID);

    internal sealed record PluginNames
    {
        public IReadOnlyList<string> Volume { get; init; } = [VolumeSpec.LocalDriver];

        public IReadOnlyList<string> Network { get; init; } = [NetworkSpec.BridgeDriver, "host", NetworkSpec.IpvlanDriver, NetworkSpec.MacvlanDriver, "null"];

        public IReadOnlyList<string> Authorization { get; init; } = [];

        public IReadOnlyList<string> Log { get; init; } = ["json-file", "none"];
    }

    internal sealed record RegistryConfiguration
    {
        public required IReadOnlyList<string> InsecureRegistryCIDRs { get; init; }

        public required IReadOnlyDictionary<string, IndexConfiguration> IndexConfigs { get; init; }

        public required IReadOnlyList<string> Mirrors { get; init; }
    }

    internal sealed record IndexConfiguration(string Name, IReadOnlyList<string> Mirrors, bool Secure, bool Official);

    internal sealed record ClusterState
    {
        public string NodeID { get; init; } = "";

        public string NodeAddr { get; init; } = "";

        public string LocalNodeState { get; init; } = "inactive";

        public bool ControlAvailable { get; init; }

        public string Error { get; init; } = "";
    }
}
