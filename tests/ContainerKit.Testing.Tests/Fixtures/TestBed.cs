using ContainerKit.Testing.Tests;
using ContainerKit.Testing.Tests.Images;
using Xunit;

[assembly: AssemblyFixture(typeof(TestBed))]

namespace ContainerKit.Testing.Tests;

/// <summary>An engine on a data root of its own, with the images that tests ask for.</summary>
public sealed class TestBed : IAsyncLifetime
{
    /// <summary>Far more than anything here takes: it only ends what hangs.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<string, Exception?> _made = new(StringComparer.Ordinal);

    public ContainerEngine Engine { get; private set; } = null!;

    /// <summary>True when containers see more than one user: as root, or with a range of ids.</summary>
    public bool MapsUsers { get; private set; }

    /// <summary>Where tests may keep files.</summary>
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("ck-testing-").FullName;

    public string DataRoot => Path.Combine(Directory, "data");

    /// <summary>A token that ends what hangs.</summary>
    public static CancellationToken Token
    {
        get
        {
            var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            source.CancelAfter(s_longest);
            return source.Token;
        }
    }

    public async ValueTask InitializeAsync()
    {
        File.SetUnixFileMode(Directory, (UnixFileMode)Convert.ToInt32("755", 8));
        TestEngine.Configure(new EngineOptions { DataRoot = DataRoot });
        Engine = await TestEngine.GetAsync(Token);
        ExecResult map = await Engine.Containers.RunAsync(ContainerSpec.FromImage("dir:/").WithCommand("cat", "/proc/self/uid_map"), cancellationToken: Token);
        MapsUsers = map.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries).Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2], null)) > 1;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ContainerInfo left in await Engine.Containers.ListAsync())
            await (await Engine.Containers.GetAsync(left.Id)).RemoveAsync(force: true);

        // Files of mapped users can be removed by the engine only.
        await Engine.Volumes.PruneAsync(FilterSet.Empty.With("all", "true"));
        foreach (Image image in await Engine.Images.ListAsync())
            await Engine.Images.RemoveAsync(image.Id.ToString(), force: true);
        await Engine.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
        _turn.Dispose();
    }

    public void RequireUsers()
        => Assert.SkipUnless(MapsUsers, "missing capability: users besides root in a container (root, or a range of ids in /etc/subuid and /etc/subgid with uidmap)");

    public async Task RequireNetworksAsync()
    {
        await Engine.Networks.ListAsync(cancellationToken: Token);
        Assert.SkipUnless(Engine.Networks.IsAvailable, $"missing capability: networks ({Engine.Networks.UnavailableReason})");
    }

    /// <summary>Makes the image of a module once; a test is skipped where the machine lacks the program.</summary>
    internal async Task RequireImageAsync(string name, Func<ContainerEngine, string, CancellationToken, Task<Image>> make)
    {
        await RequireNetworksAsync();
        await _turn.WaitAsync(Token);
        try
        {
            if (!_made.TryGetValue(name, out Exception? failure))
            {
                try
                {
                    await make(Engine, name, Token);
                }
                catch (Exception e)
                {
                    failure = e;
                }

                _made[name] = failure;
            }

            Assert.SkipWhen(failure is PlatformNotSupportedException, failure?.Message ?? "");
            if (failure is not null)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
        finally
        {
            _turn.Release();
        }
    }

    internal async Task RequirePostgresAsync()
    {
        RequireUsers();
        await RequireImageAsync(new PostgreSql().Image, ServerImages.PostgresAsync);
    }

    internal Task RequireRedisAsync() => RequireImageAsync(new Redis().Image, ServerImages.RedisAsync);

    /// <summary>A container of this machine's files that executes a script.</summary>
    public static ContainerSpec Script(string script) => ContainerSpec.FromImage("dir:/").WithCommand("sh", "-c", script).WithInit();
}
