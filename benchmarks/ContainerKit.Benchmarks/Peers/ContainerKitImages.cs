using System.Reflection;
using ContainerKit.Benchmarks.Distribution;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Oci;

namespace ContainerKit.Benchmarks.Peers;

/// <summary>The engine of this repository, through its library.</summary>
internal sealed class ContainerKitImages : IImagePeer
{
    private ContainerEngine? _engine;
    private Container? _container;

    public string Name => "containerkit";

    public bool IsOurs => true;

    public string Version { get; private set; } = "";

    public IReadOnlyList<string> Notes => ["in this process, through the library; everything has reached the disk at the end; compressed layers are kept"];

    private ContainerEngine Engine => _engine ?? throw new InvalidOperationException($"{Name} is not prepared");

    public async Task<string?> TryPrepareAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        Version = typeof(ContainerEngine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
        _engine = await ContainerEngine.OpenAsync(
            new EngineOptions { DataRoot = workspace.CreateDirectory("containerkit"), Registries = new RegistryClientOptions { Credentials = CredentialSources.None } }, cancellationToken);
        return null;
    }

    public Task PullAsync(string name, CancellationToken cancellationToken) => Engine.Images.PullAsync(name, cancellationToken: cancellationToken);

    public Task TagAsync(string name, string newName, CancellationToken cancellationToken) => Engine.Images.TagAsync(name, newName, cancellationToken);

    public Task PushAsync(string name, CancellationToken cancellationToken) => Engine.Images.PushAsync(name, cancellationToken: cancellationToken);

    public async Task LoadAsync(string archive, string name, CancellationToken cancellationToken)
    {
        await Engine.Images.LoadAsync(archive, cancellationToken);
        await Engine.Images.GetAsync(name, cancellationToken);
    }

    public async Task CreateContainerAsync(string name, string hostDirectory, CancellationToken cancellationToken)
    {
        _container = await Engine.Containers.CreateAsync(ContainerSpec.FromImage(await Engine.Images.GetAsync(name, cancellationToken)), cancellationToken);
        await _container.CopyToAsync(hostDirectory + "/.", "/data", cancellationToken: cancellationToken);
    }

    public Task CommitAsync(string newName, CancellationToken cancellationToken) => _container!.CommitAsync(newName, cancellationToken: cancellationToken);

    public Task RemoveAsync(string name, CancellationToken cancellationToken) => Engine.Images.RemoveAsync(name, force: true, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_container is not null)
            await _container.RemoveAsync();
        if (_engine is not null)
            await _engine.DisposeAsync();
    }
}
