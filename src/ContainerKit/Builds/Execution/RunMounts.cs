using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using ContainerKit.Builds.Cache;
using ContainerKit.Builds.Contexts;
using ContainerKit.Builds.Parsing;
using ContainerKit.Builds.Planning;
using ContainerKit.Containers.Translation;
using ContainerKit.Linux.Paths;
using ContainerKit.Runtime;

namespace ContainerKit.Builds.Execution;

/// <summary>The mounts of one RUN: prepared before the container, released after it.</summary>
internal sealed class RunMounts(BuildSession session, PlannedStage stage, StageState state, CopySources sources) : IAsyncDisposable
{
    private const int SecretMode = 0x100; // 0400
    private const uint AgentMode = 0x180; // 0600
    private const uint ScriptMode = 0x1ED; // 0755
    private const string FileEntry = "file";

    private readonly List<MountSource> _sources = [];
    private readonly List<RuntimeFile> _secretFiles = [];
    private readonly List<AgentProxy> _agents = [];
    private readonly List<BindMount> _binds = [];
    private readonly List<TmpfsMount> _tmpfs = [];
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _secretVariables = new(StringComparer.Ordinal);

    /// <summary>Where something is mounted, absolute.</summary>
    public List<string> Targets { get; } = [];

    /// <summary>Where a script is seen that is a program.</summary>
    public static string ScriptPath(Heredoc script) => $"/dev/pipes/{script.Name}";

    /// <summary>What can change the result of a command that has the mount.</summary>
    public async Task<string> DigestAsync(RunMount mount, CancellationToken cancellationToken)
    {
        if (mount.Type != "bind" && mount.From is null)
        {
            return "";
        }
        (SourceTree tree, StageState? from) = await sources.OpenTreeAsync(mount.From, stage.Index, cancellationToken).ConfigureAwait(false);
        if (from is not null)
        {
            using var key = new CacheKey("mount");
            return key.AddAll([.. from.Layers.Select(layer => layer.ToString())]).Add(mount.Source).Finish();
        }
        SourceEntry entry = Find(tree, mount);
        return await CopyDigest.ComputeAsync([new CopyRoot(tree, entry, "")], new CopyOptions { Owner = (0, 0) }, session.Builder.Hashes, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes everything ready.</summary>
    /// <exception cref="BuildException">A secret that is required was not given.</exception>
    public async Task PrepareAsync(IReadOnlyList<RunMount> mounts, Heredoc? script, CancellationToken cancellationToken)
    {
        foreach (RunMount mount in mounts)
        {
            switch (mount.Type)
            {
                case "bind":
                    await BindAsync(mount, cancellationToken).ConfigureAwait(false);
                    break;
                case "cache":
                    await BindCacheAsync(mount, cancellationToken).ConfigureAwait(false);
                    break;
                case "tmpfs":
                    string target = Absolute(mount.Target!);
                    Targets.Add(target);
                    _tmpfs.Add(new TmpfsMount(target, mount.Size, NoExec: false));
                    break;
                case "secret":
                    AddSecret(mount);
                    break;
                default:
                    AddAgent(mount);
                    break;
            }
        }
        if (script is not null)
        {
            MountSource file = await MountSource.FromBytesAsync(session, Encoding.UTF8.GetBytes(script.Content), FileEntry, ScriptMode, 0, 0, cancellationToken).ConfigureAwait(false);
            _sources.Add(file);
            _binds.Add(new BindMount(Path.Combine(file.Path, FileEntry), ScriptPath(script), ReadOnly: true));
        }
    }

    /// <summary>The spec with the mounts.</summary>
    public ContainerSpec Apply(ContainerSpec spec)
    {
        foreach ((string name, string value) in _variables)
        {
            spec = spec.WithEnvironment(name, value);
        }
        bool hasSecrets = _secretFiles.Count + _secretVariables.Count > 0;
        return spec with
        {
            Binds = [.. _binds],
            Tmpfs = [.. _tmpfs],

            // A secret is handed over in memory: a file of this machine could outlive this process, and its blocks the file.
            Secrets = hasSecrets ? new ContainerSecrets(_secretVariables.ToImmutableSortedDictionary(StringComparer.Ordinal), [.. _secretFiles]) : null,
        };
    }

    public async ValueTask DisposeAsync()
    {
        _secretFiles.Clear();
        _secretVariables.Clear();
        foreach (AgentProxy agent in _agents)
        {
            await agent.DisposeAsync().ConfigureAwait(false);
        }
        foreach (MountSource source in _sources)
        {
            await source.DisposeAsync().ConfigureAwait(false);
        }
        _agents.Clear();
        _sources.Clear();
    }

    private async Task BindAsync(RunMount mount, CancellationToken cancellationToken)
    {
        string target = Absolute(mount.Target!);
        Targets.Add(target);
        (SourceTree tree, StageState? from) = await sources.OpenTreeAsync(mount.From, stage.Index, cancellationToken).ConfigureAwait(false);
        SourceEntry entry = Find(tree, mount);
        if (from is null && mount.ReadOnly && await FindHostPathAsync(mount, entry, cancellationToken).ConfigureAwait(false) is { } direct)
        {
            _binds.Add(new BindMount(direct, target, ReadOnly: true) { NonRecursive = true });
            return;
        }

        // A copy of its own: what the command writes there is thrown away, and what is left out stays out.
        bool isFile = entry.Status.Type != FileType.Directory;
        MountSource copy = await MountSource.FromTreeAsync(session, new CopyRoot(tree, entry, isFile ? FileEntry : ""), isFromContext: from is null, cancellationToken).ConfigureAwait(false);
        _sources.Add(copy);
        _binds.Add(new BindMount(isFile ? Path.Combine(copy.Path, FileEntry) : copy.Path, target, mount.ReadOnly));
    }

    private async Task<string?> FindHostPathAsync(RunMount mount, SourceEntry entry, CancellationToken cancellationToken)
    {
        OpenedContext? context = mount.From is null ? session.Context : await session.FindContextAsync(mount.From, cancellationToken).ConfigureAwait(false);
        return context is { IsWhole: true, HostPath: { } path }
            ? Path.Combine([path, .. entry.Path.Select(Encoding.UTF8.GetString)])
            : null;
    }

    private async Task BindCacheAsync(RunMount mount, CancellationToken cancellationToken)
    {
        string target = Absolute(mount.Target!);
        Targets.Add(target);
        MountSource cache = await MountSource.FromCacheAsync(session, mount, mount.Id ?? target, OpenSeedAsync, cancellationToken).ConfigureAwait(false);
        _sources.Add(cache);
        _binds.Add(new BindMount(cache.Path, target, mount.ReadOnly));

        async Task<CopyRoot?> OpenSeedAsync()
        {
            if (mount.From is null)
            {
                return null;
            }
            (SourceTree tree, _) = await sources.OpenTreeAsync(mount.From, stage.Index, cancellationToken).ConfigureAwait(false);
            return new CopyRoot(tree, Find(tree, mount), "");
        }
    }

    private void AddSecret(RunMount mount)
    {
        string id = mount.Id ?? Path.GetFileName(mount.Target!);
        if (!session.Spec.Secrets.TryGetValue(id, out BuildSecret? secret))
        {
            if (mount.Required)
            {
                throw new FormatException($"The secret {id} is required and was not given: use BuildSpec.WithSecret.");
            }
            return;
        }
        byte[] value = secret.Read();
        if (mount.Variable is not null)
        {
            _secretVariables[mount.Variable] = Encoding.UTF8.GetString(value);
        }
        if (mount.Variable is null || mount.Target is not null)
        {
            string target = mount.Target is null ? $"/run/secrets/{id}" : Absolute(mount.Target);
            Targets.Add(target);
            bool isSquashed = session.Images.Layers.Owners.IsSquashed;
            _secretFiles.Add(new RuntimeFile(target, value, ReadOnly: true)
            {
                Mode = mount.Mode is { } mode ? (int)mode : SecretMode,
                UserId = isSquashed ? 0 : mount.UserId,
                GroupId = isSquashed ? 0 : mount.GroupId,
            });
        }
        if (_secretFiles.Sum(file => file.Content.Length) > ContainerSecrets.MaxFileBytes)
        {
            throw new FormatException($"The secrets of one RUN are together larger than {ContainerSecrets.MaxFileBytes >> 10} KiB.");
        }
    }

    private void AddAgent(RunMount mount)
    {
        string id = mount.Id ?? "default";
        if (!session.Spec.SshAgents.TryGetValue(id, out string? socket))
        {
            if (mount.Required)
            {
                throw new FormatException($"The ssh agent {id} is required and was not given: use BuildSpec.WithSshAgent.");
            }
            return;
        }
        AgentProxy agent = AgentProxy.Start(session, socket, mount.Mode ?? AgentMode, mount.UserId, mount.GroupId);
        _agents.Add(agent);
        string target = mount.Target is null ? string.Create(CultureInfo.InvariantCulture, $"/run/buildkit/ssh_agent.{_agents.Count - 1}") : Absolute(mount.Target);
        Targets.Add(target);
        _binds.Add(new BindMount(agent.Path, target));
        _variables.TryAdd("SSH_AUTH_SOCK", target);
    }

    private string Absolute(string path) => ContextPath.Absolute(state.Config.WorkingDir ?? "/", path);

    private static SourceEntry Find(SourceTree tree, RunMount mount)
        => tree.Find(mount.Source) ?? throw new NotFoundException($"There is nothing at {mount.Source} to mount on {mount.Target}.");
}
