using Xunit;

namespace ContainerKit.Tests.Containers;

/// <summary>A data root of its own, and engines with a fake runtime over it.</summary>
public abstract class EngineTest : IAsyncLifetime
{
    private readonly List<ContainerEngine> _engines = [];

    internal static ContainerSpec Spec { get; } = ContainerSpec.FromImage("image");

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected string Root { get; } = Path.Combine(Path.GetTempPath(), $"containerkit-{Guid.NewGuid():n}");

    private protected FakeRuntime Runtime { get; } = new();

    private protected FakeImages Images { get; } = new();

    private protected ContainerEngine Engine { get; private set; } = null!;

    /// <summary>The engines' clock; null: the system's.</summary>
    private protected virtual TimeProvider? Clock => null;

    private protected ContainerCollection Containers => Engine.Containers;

    private protected string ContainersDirectory => Path.Combine(Root, "containers");

    public async ValueTask InitializeAsync() => Engine = await OpenAsync(Runtime);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (ContainerEngine engine in _engines)
            await engine.DisposeAsync();
        if (Directory.Exists(Root))
            Directory.Delete(Root, recursive: true);
    }

    private protected async Task<ContainerEngine> OpenAsync(FakeRuntime runtime, string? root = null)
    {
        ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = root ?? Root, TimeProvider = Clock }, runtime, Images, Token);
        _engines.Add(engine);
        return engine;
    }

    /// <summary>What is on disk of containers: directories, names, leftovers.</summary>
    private protected string[] ListFiles()
        => [.. Directory.GetFileSystemEntries(ContainersDirectory).Select(path => Path.GetFileName(path)).Where(name => name is not ("names" or "names.lock"))
            .Concat(Directory.GetFileSystemEntries(Path.Combine(ContainersDirectory, "names")).Select(path => "names/" + Path.GetFileName(path)))];

    /// <summary>The data root as a crash leaves it: what is on disk, and nobody who holds a lock.</summary>
    private protected string CopyRoot()
    {
        string copy = Path.Combine(Root, $"copy-{Guid.NewGuid():n}");
        CopyTree(ContainersDirectory, Path.Combine(copy, "containers"));
        return copy;
    }

    private static void CopyTree(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (FileSystemInfo entry in new DirectoryInfo(source).EnumerateFileSystemInfos())
        {
            string path = Path.Combine(target, entry.Name);
            if (entry.LinkTarget is string link)
                File.CreateSymbolicLink(path, link);
            else if (entry is DirectoryInfo)
                CopyTree(entry.FullName, path);
            else if (entry.Name == "names.lock")
                File.Create(path).Dispose(); // reading one that is locked fails
            else
                File.Copy(entry.FullName, path);
        }
    }
}
