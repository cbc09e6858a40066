using System.Globalization;
using System.Text;
using ContainerKit.Builds.Contexts;
using ContainerKit.Builds.Parsing;
using ContainerKit.Linux.Paths;
using ContainerKit.Oci;
using ContainerKit.Storage;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Packing;

namespace ContainerKit.Builds.Execution;

/// <summary>What the sources of one COPY or ADD lead to, open until disposed.</summary>
internal sealed class CopySources : IAsyncDisposable
{
    private const uint DownloadMode = 0x180; // 0600
    private const uint HeredocMode = 0x1A4; // 0644

    private readonly List<IDisposable> _owned = [];
    private readonly List<StagingArea> _staged = [];
    private readonly BuildSession _session;

    public CopySources(BuildSession session) => _session = session;

    /// <summary>What was found.</summary>
    public List<CopyRoot> Roots { get; } = [];

    /// <summary>Archives that are to be unpacked.</summary>
    public List<CopyRoot> Archives { get; } = [];

    /// <summary>Opens the tree that --from, or from= of a mount, names; null and empty for the context.</summary>
    /// <returns>The tree, and the layers that it consists of; null for those that are no layers.</returns>
    public async Task<(SourceTree Tree, StageState? Stage)> OpenTreeAsync(string? from, int stageIndex, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(from))
        {
            return (Own(_session.Context.OpenRoot()), null);
        }
        if (await _session.FindContextAsync(from, cancellationToken).ConfigureAwait(false) is { } named)
        {
            return (Own(named.OpenRoot()), null);
        }
        StageState state = _session.Spec.NamedContexts.ContainsKey(from) || Planning.BuildPlan.FindStage(_session.Plan.Stages, from, stageIndex) is not { } stage
            ? await _session.ImageAsync(from, null, cancellationToken).ConfigureAwait(false)
            : await _session.StageAsync(stage.Index, cancellationToken).ConfigureAwait(false);
        StageFiles files = await _session.OpenFilesAsync(state, cancellationToken).ConfigureAwait(false);
        _owned.Add(files);
        return (Own(files.OpenRoot()), state);
    }

    /// <summary>Adds what a path or pattern means in a tree.</summary>
    /// <exception cref="NotFoundException">Nothing.</exception>
    public void Add(SourceTree tree, string source, CopyFlags flags, bool intoDirectory)
    {
        (string path, string kept) = flags.Parents ? SplitPivot(source) : (source, "");
        if (!HasWildcards(path + kept))
        {
            SourceEntry entry = tree.Find(path + "/" + kept) ?? throw Missing(source);
            Roots.Add(new CopyRoot(tree, entry, TargetOf(entry, flags, flags.Parents ? string.Join('/', ContextPath.Components(kept)) : null, intoDirectory)));
            return;
        }
        string[] start = ContextPath.Components(path);
        string[] components = [.. start, .. ContextPath.Components(kept)];
        List<string> found = tree.Glob(components, doubleStars: flags.Parents);
        if (found.Count == 0)
        {
            throw Missing(source);
        }
        foreach (string match in found)
        {
            if (tree.Find(match) is not { } entry)
            {
                continue; // a link that leads nowhere
            }
            if (flags.Parents && entry.Status.Type == FileType.Directory && components.Contains("**"))
            {
                continue; // its files are matched themselves
            }
            string below = string.Join('/', match.Split('/').Skip(start.Length));
            Roots.Add(new CopyRoot(tree, entry, TargetOf(entry, flags, flags.Parents ? below : null, intoDirectory || found.Count > 1)));
        }
    }

    /// <summary>Adds a here-document as a file.</summary>
    public void AddHeredoc(Heredoc heredoc, WordExpander expander, bool intoDirectory)
    {
        string content = heredoc.Expands ? expander.ExpandVariables(heredoc.Content) : heredoc.Content;
        SourceTree tree = Stage(heredoc.Name, path =>
        {
            File.WriteAllBytes(path, Encoding.UTF8.GetBytes(content));
            File.SetUnixFileMode(path, (UnixFileMode)HeredocMode);
        });
        AddStaged(tree, heredoc.Name, intoDirectory);
    }

    /// <summary>Downloads a file.</summary>
    /// <exception cref="ContentMismatchException">It has another checksum.</exception>
    public async Task AddDownloadAsync(string url, Digest? checksum, bool intoDirectory, CancellationToken cancellationToken)
    {
        var location = new Uri(url);
        string name = Uri.UnescapeDataString(location.Segments[^1].Trim('/'));
        if (!intoDirectory)
        {
            name = name.Length == 0 ? "download" : name;
        }
        if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal) || name is "." or "..")
        {
            throw new NotFoundException($"The URL {url} has no file name: give the destination one.");
        }
        string staged = NewStaging();
        await _session.Builder.Downloads.GetAsync(location, checksum, Path.Combine(staged, name), _session.Spec, cancellationToken).ConfigureAwait(false);
        AddStaged(Own(new PlainDirectory(RootedDirectory.Open(staged))), name, intoDirectory);
    }

    /// <summary>Fetches a git repository.</summary>
    public async Task AddRepositoryAsync(GitLocation location, CopyFlags flags, bool intoDirectory, CancellationToken cancellationToken)
    {
        string staged = NewStaging();
        string commit = await GitCheckout.FetchAsync(location, staged, flags.KeepGitDirectory, cancellationToken).ConfigureAwait(false);
        if (flags.Checksum is { } expected && !commit.StartsWith(expected, StringComparison.OrdinalIgnoreCase))
        {
            throw new ContentMismatchException(location.ToString(), expected, commit);
        }
        SourceTree tree = Own(new PlainDirectory(RootedDirectory.Open(staged)));
        SourceEntry entry = tree.Find(location.Directory ?? "/") ?? throw Missing(location.ToString());
        Roots.Add(new CopyRoot(tree, entry, entry.Status.Type == FileType.Directory || !intoDirectory ? "" : Encoding.UTF8.GetString(entry.WrittenName)));
    }

    public async ValueTask DisposeAsync()
    {
        _owned.Reverse();
        _owned.ForEach(owned => owned.Dispose());
        foreach (StagingArea area in _staged)
        {
            await area.DisposeAsync().ConfigureAwait(false);
        }
    }

    internal static bool HasWildcards(string path) => path.AsSpan().IndexOfAny('*', '?', '[') >= 0 || path.Contains('\\', StringComparison.Ordinal);

    private void AddStaged(SourceTree tree, string name, bool intoDirectory)
    {
        SourceEntry entry = tree.Find(name) ?? throw Missing(name);
        Roots.Add(new CopyRoot(tree, entry, intoDirectory ? name : ""));
    }

    private SourceTree Stage(string name, Action<string> write)
    {
        if (name.Contains('/', StringComparison.Ordinal) || name is "." or "..")
        {
            throw new FormatException($"A here-document can't be a file of the name '{name}'.");
        }
        string staged = NewStaging();
        write(Path.Combine(staged, name));
        return Own(new PlainDirectory(RootedDirectory.Open(staged)));
    }

    private string NewStaging()
    {
        StagingArea area = StagingArea.Create(_session.Images.Root, new SquashedOwnership());
        _staged.Add(area);
        return area.Path;
    }

    private SourceTree Own(ITreeDirectory root)
    {
        _owned.Add(root);
        return new SourceTree(root);
    }

    private static string TargetOf(SourceEntry entry, CopyFlags flags, string? kept, bool intoDirectory)
    {
        if (kept is not null)
        {
            return kept;
        }
        return entry.Status.Type == FileType.Directory || !intoDirectory ? "" : Encoding.UTF8.GetString(entry.WrittenName);
    }

    /// <summary>With --parents, what is before <c>/./</c> does not become part of the destination.</summary>
    private static (string Path, string Kept) SplitPivot(string source)
    {
        string text = source.StartsWith("./", StringComparison.Ordinal) ? source[2..] : source;
        int pivot = text.IndexOf("/./", StringComparison.Ordinal);
        return pivot < 0 ? ("", text) : (text[..pivot], text[(pivot + 3)..]);
    }

    private static NotFoundException Missing(string source)
        => new(string.Create(CultureInfo.InvariantCulture, $"There is no file or directory {source} to copy: it is not in the context, left out by .dockerignore, or leads outside."));
}
