using System.Globalization;
using System.Text;
using ContainerKit.Builds.Cache;
using ContainerKit.Builds.Contexts;
using ContainerKit.Builds.Parsing;
using ContainerKit.Linux.Paths;
using ContainerKit.Oci;
using ContainerKit.Runtime.Processes;
using ContainerKit.Storage.Tar;

namespace ContainerKit.Builds.Execution;

/// <content>COPY, ADD and WORKDIR.</content>
internal sealed partial class StageRunner
{
    private async Task<bool> CopyAsync(DockerfileInstruction instruction, CancellationToken cancellationToken)
    {
        WordExpander expander = Expander();
        CopyFlags flags = CopyFlags.Parse(instruction, expander);
        List<string> words = [.. (instruction.Json ?? [.. instruction.Arguments.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)])];
        if (words.Count < 2)
        {
            throw File.Error(instruction, $"{instruction.Keyword} needs at least a source and a destination.");
        }
        string written = expander.Expand(words[^1]);
        string destination = ContextPath.Absolute(_state.Config.WorkingDir ?? "/", written);
        bool intoDirectory = written.EndsWith('/') || written is "." or ".." || written.EndsWith("/.", StringComparison.Ordinal) || words.Count > 2 || flags.Parents;
        if (words.Count > 2 && !(written.EndsWith('/') || written is "." or ".." || written.EndsWith("/.", StringComparison.Ordinal)))
        {
            throw File.Error(instruction, $"With several sources the destination has to be a directory and end with a slash: {written}/.");
        }
        var sources = new CopySources(_session);
        await using (sources.ConfigureAwait(false))
        {
            (SourceTree tree, StageState? from) = await sources.OpenTreeAsync(flags.From, _stage.Index, cancellationToken).ConfigureAwait(false);
            int heredoc = 0;
            foreach (string word in words.SkipLast(1))
            {
                if (instruction.Json is null && instruction.Heredocs.Length > 0 && HeredocMark.TryParse(word, File.Escape) is not null)
                {
                    sources.AddHeredoc(instruction.Heredocs[heredoc++], expander, intoDirectory);
                    continue;
                }
                await AddSourceAsync(instruction, sources, tree, expander.Expand(word), flags, intoDirectory, cancellationToken).ConfigureAwait(false);
            }
            if (sources.Roots.Count + sources.Archives.Count > 1 && !intoDirectory)
            {
                throw File.Error(instruction, $"The pattern matches several files: the destination has to end with a slash: {written}/.");
            }
            bool isCached = true;
            if (sources.Roots.Count > 0)
            {
                isCached &= await CopyFilesAsync(instruction, sources, flags, from, destination, intoDirectory, cancellationToken).ConfigureAwait(false);
            }
            if (sources.Archives.Count > 0)
            {
                isCached &= await UnpackArchivesAsync(instruction, sources, flags, destination, cancellationToken).ConfigureAwait(false);
            }
            return isCached;
        }
    }

    private static async Task AddSourceAsync(
        DockerfileInstruction instruction, CopySources sources, SourceTree tree, string source, CopyFlags flags, bool intoDirectory, CancellationToken cancellationToken)
    {
        bool isAdd = instruction.Is("ADD");
        if (isAdd && GitLocation.TryParse(source) is { } repository)
        {
            await sources.AddRepositoryAsync(repository, flags, intoDirectory, cancellationToken).ConfigureAwait(false);
            return;
        }
        if (flags.KeepGitDirectory)
        {
            throw new FormatException($"--keep-git-dir is for git repositories, which {source} is none.");
        }
        if (isAdd && Downloads.IsUrl(source))
        {
            await sources.AddDownloadAsync(source, flags.ParseDigest(), intoDirectory, cancellationToken).ConfigureAwait(false);
            if (flags.Unpack == true)
            {
                await SeparateArchivesAsync(sources, sources.Roots.Count - 1, cancellationToken).ConfigureAwait(false);
            }
            return;
        }
        if (flags.Checksum is not null)
        {
            throw new FormatException($"--checksum is for URLs and git repositories, which {source} is none.");
        }
        int before = sources.Roots.Count;
        sources.Add(tree, source.Length == 0 ? "/" : source, flags, intoDirectory);
        if (isAdd && flags.Unpack != false)
        {
            await SeparateArchivesAsync(sources, before, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task SeparateArchivesAsync(CopySources sources, int start, CancellationToken cancellationToken)
    {
        for (int i = sources.Roots.Count - 1; i >= start; i--)
        {
            if (sources.Roots[i].Entry.Status.Type == FileType.Regular && await ArchiveFile.IsArchiveAsync(sources.Roots[i], cancellationToken).ConfigureAwait(false))
            {
                sources.Archives.Insert(0, sources.Roots[i]);
                sources.Roots.RemoveAt(i);
            }
        }
    }

    private async Task<bool> CopyFilesAsync(
        DockerfileInstruction instruction, CopySources sources, CopyFlags flags, StageState? from, string destination, bool intoDirectory, CancellationToken cancellationToken)
    {
        (uint User, uint Group)? owner = await ResolveOwnerAsync(flags.Owner, cancellationToken).ConfigureAwait(false);
        var options = new CopyOptions
        {
            Owner = owner ?? (from is null ? (0, 0) : null),
            SourceOwners = _session.Images.Layers.Owners,
            Mode = flags.Mode is null ? null : FileModeChange.Parse(flags.Mode),
            Excludes = IgnoreRules.Parse(flags.Excludes, "--exclude"),
            LatestTime = _session.Arguments.SourceDate,
            KeepsHardLinks = from is not null,
        };
        string content = await DigestAsync(sources.Roots, options, flags, from, cancellationToken).ConfigureAwait(false);
        return await LayerAsync(Key(content), Shown(instruction), MakeAsync, cancellationToken).ConfigureAwait(false);

        string Key(string digest)
        {
            using CacheKey key = flags.Link ? new CacheKey("copy-link") : KeyOnFiles("copy");
            (uint user, uint group) = options.Owner ?? (0, 0);
            return key.Add(destination).Add(intoDirectory ? 1 : 0).Add(flags.Parents ? 1 : 0).Add(user).Add(group).Add(options.LatestTime ?? long.MinValue).Add(digest).Finish();
        }

        async Task<(Digest, Descriptor, long, string?)?> MakeAsync(CancellationToken token)
        {
            using StageFiles? below = flags.Link ? null : await _session.OpenFilesAsync(_state, token).ConfigureAwait(false);
            StagePath target = ResolveDestination(instruction, below, sources.Roots, destination, intoDirectory);
            var layer = new CopyLayer(below, target, intoDirectory, options);
            string copied = "";
            (Digest diffId, Descriptor blob, long size) = await _session.AddLayerAsync(
                async (output, stop) => copied = await layer.WriteAsync(output, sources.Roots, stop).ConfigureAwait(false), instruction.Text, token).ConfigureAwait(false);

            // Files that changed between the two looks: what is remembered is what was copied.
            return (diffId, blob, size, copied == content ? null : Key(copied));
        }
    }

    private async Task<string> DigestAsync(List<CopyRoot> roots, CopyOptions options, CopyFlags flags, StageState? from, CancellationToken cancellationToken)
    {
        if (from is null)
        {
            return await CopyDigest.ComputeAsync(roots, options, _session.Builder.Hashes, cancellationToken).ConfigureAwait(false);
        }

        // Layers never change: what was found out once about files in them holds.
        using var key = new CacheKey("source");
        key.AddAll([.. from.Layers.Select(layer => layer.ToString())]).AddAll([.. flags.Excludes]).Add(flags.Mode).Add(options.Owner?.User ?? -1L).Add(options.Owner?.Group ?? -1L);
        foreach (CopyRoot root in roots)
        {
            key.Add(CopyLayer.Join(root.Entry.Path, root.Entry.Path.Count)).Add(root.Entry.WrittenName).Add(root.Target);
        }
        string name = key.Finish();
        if (_session.FindStep(name)?.Value is { } known)
        {
            return known;
        }
        string digest = await CopyDigest.ComputeAsync(roots, options, _session.Builder.Hashes, cancellationToken).ConfigureAwait(false);
        _session.StoreStep(name, new CachedStep(null, 0, 0, _session.Images.Time.GetUtcNow(), "files of a stage", digest));
        return digest;
    }

    private StagePath ResolveDestination(DockerfileInstruction instruction, StageFiles? below, List<CopyRoot> roots, string destination, bool intoDirectory)
    {
        if (below is null)
        {
            byte[][] components = [.. ContextPath.Components(destination).Select(Encoding.UTF8.GetBytes)];
            return new StagePath(components, components.Length, null);
        }
        StagePath path = below.Resolve(destination);
        bool isFile = roots is [{ Entry.Status.Type: not FileType.Directory }];
        if (intoDirectory || !isFile)
        {
            return path.Status is { Type: not FileType.Directory } && intoDirectory
                ? throw File.Error(instruction, $"{destination} is no directory.")
                : path;
        }
        if (path.Status is { Type: FileType.Directory })
        {
            string inside = "/" + Encoding.UTF8.GetString(CopyLayer.Join(path.Components, path.Components.Count));
            return below.Resolve($"{inside}/{Encoding.UTF8.GetString(roots[0].Entry.WrittenName)}", followsLast: false);
        }

        // A link to a file is replaced, not the file.
        return below.Resolve(destination, followsLast: false);
    }

    /// <summary>The owner that --chown says, looked up in the stage's files; a user without a group has the group of its number.</summary>
    private async Task<(uint User, uint Group)?> ResolveOwnerAsync(string? text, CancellationToken cancellationToken)
    {
        if (text is null)
        {
            return null;
        }
        string[] parts = text.Split(':');
        if (parts.Length > 2 || parts[0].Length == 0)
        {
            throw new FormatException($"--chown={text} is not allowed: expected user or user:group, names or numbers.");
        }
        if (parts.All(part => uint.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id <= int.MaxValue))
        {
            uint user = uint.Parse(parts[0], CultureInfo.InvariantCulture);
            return (user, parts.Length == 2 ? uint.Parse(parts[1], CultureInfo.InvariantCulture) : user);
        }
        using StageFiles files = await _session.OpenFilesAsync(_state, cancellationToken).ConfigureAwait(false);
        ResolvedUser resolved = UserResolver.Resolve(text, [], files.ReadText);
        return (resolved.UserId, parts.Length == 2 ? resolved.GroupId : resolved.UserId);
    }

    private async Task<bool> UnpackArchivesAsync(DockerfileInstruction instruction, CopySources sources, CopyFlags flags, string destination, CancellationToken cancellationToken)
    {
        (uint User, uint Group)? owner = await ResolveOwnerAsync(flags.Owner, cancellationToken).ConfigureAwait(false);
        string content = await CopyDigest.ComputeAsync(sources.Archives, new CopyOptions { Owner = (0, 0) }, _session.Builder.Hashes, cancellationToken).ConfigureAwait(false);
        string key;
        using (CacheKey made = KeyOnFiles("unpack"))
        {
            key = made.Add(destination).Add(owner?.User ?? -1L).Add(owner?.Group ?? -1L).Add(content).Finish();
        }
        return await LayerAsync(key, Shown(instruction), MakeAsync, cancellationToken).ConfigureAwait(false);

        async Task<(Digest, Descriptor, long, string?)?> MakeAsync(CancellationToken token)
        {
            StepContainer container = await StepContainer.CreateAsync(_session, _state, spec => spec with { Command = ["/"] }, token).ConfigureAwait(false);
            await using (container.ConfigureAwait(false))
            {
                await container.UseRootAsync(
                    async (root, stop) =>
                    {
                        foreach (CopyRoot archive in sources.Archives)
                        {
                            await ArchiveFile.UnpackAsync(archive, root, destination, owner, stop).ConfigureAwait(false);
                        }
                    },
                    token).ConfigureAwait(false);
                (Digest diffId, Descriptor blob, long size) = await _session.AddLayerAsync(container.PackAsync, instruction.Text, token).ConfigureAwait(false);
                return (diffId, blob, size, null);
            }
        }
    }

    /// <summary>WORKDIR: made when missing, with the user's ownership.</summary>
    private async Task<bool> ChangeDirectoryAsync(DockerfileInstruction instruction, CancellationToken cancellationToken)
    {
        RequireNoFlags(instruction);
        string path = ContextPath.Absolute(_state.Config.WorkingDir ?? "/", ExpandOne(instruction));
        _state = _state with { Config = _state.Config with { WorkingDir = path } };
        string key;
        using (CacheKey made = KeyOnFiles("workdir"))
        {
            key = made.Add(path).Add(_state.Config.User).Finish();
        }
        return await LayerAsync(key, Shown(instruction), MakeAsync, cancellationToken).ConfigureAwait(false);

        async Task<(Digest, Descriptor, long, string?)?> MakeAsync(CancellationToken token)
        {
            using StageFiles below = await _session.OpenFilesAsync(_state, token).ConfigureAwait(false);
            StagePath target = below.Resolve(path);
            if (target.MissingCount == 0)
            {
                return target.Status is { Type: FileType.Directory } ? null : throw File.Error(instruction, $"{path} is no directory.");
            }
            (uint User, uint Group) owner = (0, 0);
            if (!string.IsNullOrEmpty(_state.Config.User))
            {
                ResolvedUser user = UserResolver.Resolve(_state.Config.User, [], below.ReadText);
                owner = (user.UserId, user.GroupId);
            }
            var layer = new CopyLayer(below, target, isDirectory: true, new CopyOptions { Owner = owner, LatestTime = _session.Arguments.SourceDate });
            var time = new TarTime(_session.Now.ToUnixTimeSeconds(), 0);
            (Digest diffId, Descriptor blob, long size) = await _session.AddLayerAsync(
                (output, stop) => layer.WriteDirectoryAsync(output, time, stop), instruction.Text, token).ConfigureAwait(false);
            return (diffId, blob, size, null);
        }
    }
}
