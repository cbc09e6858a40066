using System.Reflection;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Oci;

namespace ContainerKit.Benchmarks.Building;

/// <summary>The engine of this repository, through its library.</summary>
internal sealed class ContainerKitBuilder : IBuildPeer
{
    private ContainerEngine? _engine;

    public string Name => "containerkit";

    public bool IsOurs => true;

    public string Version { get; private set; } = "";

    public IReadOnlyList<string> Notes => ["in this process, through the library; commands in the default bridge network"];

    private ContainerEngine Engine => _engine ?? throw new InvalidOperationException($"{Name} is not prepared");

    public async Task<string?> TryPrepareAsync(Workspace workspace, BusyboxRootfs rootfs, CancellationToken cancellationToken)
    {
        Version = typeof(ContainerEngine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
        _engine = await ContainerEngine.OpenAsync(
            new EngineOptions { DataRoot = workspace.CreateDirectory("containerkit"), Registries = new RegistryClientOptions { Credentials = CredentialSources.None } }, cancellationToken);
        await Engine.Images.ImportAsync(rootfs.ArchivePath, new ImageImportOptions { Reference = BuildFiles.BaseImage }, cancellationToken);
        return null;
    }

    public Task BuildAsync(string context, string tag, CancellationToken cancellationToken)
        => Engine.Images.BuildAsync(BuildSpec.FromDirectory(context).WithTag(tag), cancellationToken: cancellationToken);

    public async Task ForgetAsync(string tag, CancellationToken cancellationToken)
    {
        await Engine.Images.RemoveAsync(tag, force: true, cancellationToken);
        await Engine.PruneBuildCacheAsync(cancellationToken: cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
    }
}
