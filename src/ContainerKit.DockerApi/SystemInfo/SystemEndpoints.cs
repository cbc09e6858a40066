using System.Security.Cryptography;
using System.Text;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.SystemInfo;

/// <summary>Ping, version, info, auth.</summary>
internal sealed class SystemEndpoints(DockerApiService service)
{
    /// <summary>The name that <c>HostConfig.Runtime</c> may have.</summary>
    internal const string RuntimeName = "containerkit";

    internal void Map(RouteTable routes)
    {
        routes.Get("/_ping", PingAsync);
        routes.Head("/_ping", PingAsync);
        routes.Get("/version", WriteVersionAsync);
        routes.Get("/info", WriteInfoAsync);
    }

    /// <summary>What this process answers: none of it depends on a data root.</summary>
    internal static VersionResponse DescribeVersion()
    {
        var details = new Dictionary<string, string>
        {
            ["ApiVersion"] = ApiVersion.Newest.ToString(),
            ["MinAPIVersion"] = ApiVersion.Oldest.ToString(),
            ["Os"] = "linux",
            ["Arch"] = MachineFacts.ImageArchitecture,
            ["KernelVersion"] = MachineFacts.KernelVersion,
            ["GitCommit"] = ServerVersion.Commit,
            ["GoVersion"] = "",
            ["BuildTime"] = "",
            ["Experimental"] = "false",
        };
        return new VersionResponse
        {
            Platform = new VersionResponse.PlatformName(ServerVersion.PlatformName),
            Components = [new VersionResponse.Component("Engine", ServerVersion.Text, details)],
            Version = ServerVersion.Text,
            ApiVersion = details["ApiVersion"],
            MinAPIVersion = details["MinAPIVersion"],
            GitCommit = details["GitCommit"],
            GoVersion = "",
            Os = "linux",
            Arch = details["Arch"],
            KernelVersion = details["KernelVersion"],
            BuildTime = "",
        };
    }

    private static async Task PingAsync(ApiRequest request)
    {
        HttpResponse response = request.Http.Response;
        response.Headers.CacheControl = "no-cache, no-store, must-revalidate";
        response.Headers.Pragma = "no-cache";
        response.Headers["Builder-Version"] = "1"; // the classic builder: there is no BuildKit session
        response.Headers["Swarm"] = "inactive";
        response.ContentType = "text/plain; charset=utf-8";
        byte[] body = HttpMethods.IsHead(request.Http.Request.Method) ? [] : "OK"u8.ToArray();
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, request.Aborted).ConfigureAwait(false);
    }

    private static Task WriteVersionAsync(ApiRequest request) => request.WriteJsonAsync(DescribeVersion(), SystemJson.Default.VersionResponse);

    private async Task WriteInfoAsync(ApiRequest request)
    {
        ContainerEngine engine = service.Engine;
        IReadOnlyList<ContainerInfo> containers = await engine.Containers.ListAsync(request.Aborted).ConfigureAwait(false);
        IReadOnlyList<Image> images = await engine.Images.ListAsync(request.Aborted).ConfigureAwait(false);
        int running = containers.Count(container => container.Status is ContainerStatus.Running or ContainerStatus.Restarting);
        int paused = containers.Count(container => container.Status is ContainerStatus.Paused);
        bool unified = MachineFacts.HasUnifiedCgroups;
        bool limits = !engine.IsRootless || unified;
        var info = new InfoResponse
        {
            ID = Identify(engine.DataRoot),
            Containers = containers.Count,
            ContainersRunning = running,
            ContainersPaused = paused,
            ContainersStopped = containers.Count - running - paused,
            Images = images.Count,
            DockerRootDir = engine.DataRoot,
            DriverStatus = [["Backing", "overlayfs"]],
            MemoryLimit = limits,
            SwapLimit = limits,
            CpuCfsPeriod = limits,
            CpuCfsQuota = limits,
            CPUShares = limits,
            CPUSet = limits,
            PidsLimit = limits,
            OomKillDisable = limits && !unified,
            IPv4Forwarding = MachineFacts.Forwards,
            SystemTime = DockerTime.Format(service.Time.GetUtcNow()),
            CgroupVersion = unified ? "2" : "1",
            KernelVersion = MachineFacts.KernelVersion,
            OperatingSystem = MachineFacts.Release("PRETTY_NAME"),
            OSVersion = MachineFacts.Release("VERSION_ID"),
            Architecture = MachineFacts.MachineArchitecture,
            RegistryConfig = RegistryDescriber.Describe(engine.Registries),
            NCPU = Environment.ProcessorCount,
            MemTotal = MachineFacts.TotalMemory,
            Name = Environment.MachineName,
            ServerVersion = ServerVersion.Text,
            Runtimes = new Dictionary<string, InfoResponse.RuntimePath> { [RuntimeName] = new("(in process)") },
            DefaultRuntime = RuntimeName,
            SecurityOptions = [.. (string[])["name=seccomp,profile=builtin"], .. engine.IsRootless ? (string[])["name=rootless"] : [], .. unified ? (string[])["name=cgroupns"] : []],
            Warnings = engine.Networks.UnavailableReason is { } reason ? [$"WARNING: No networks: {reason}"] : [],
        };
        await request.WriteJsonAsync(info, SystemJson.Default.InfoResponse).ConfigureAwait(false);
    }

    /// <summary>The same for the same data root, and different for others.</summary>
    private static string Identify(string dataRoot)
        => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{Environment.MachineName}:{dataRoot}")).AsSpan(0, 16)).ToString();
}
