using System.Collections.Frozen;
using ContainerKit.Filters;
using ContainerKit.Volumes;

namespace ContainerKit;

/// <summary>The volumes of a data root, which its engines share. From <see cref="ContainerEngine.Volumes"/>.</summary>
public sealed class VolumeCollection
{
    private static readonly FrozenSet<string> s_listFilters = FrozenSet.Create(StringComparer.Ordinal, "dangling", "driver", "label", "name");
    private static readonly FrozenSet<string> s_pruneFilters = FrozenSet.Create(StringComparer.Ordinal, "all", "label", "label!");

    private readonly VolumeStore _store;

    internal VolumeCollection(VolumeStore store) => _store = store;

    /// <summary>Makes a volume; one of that name that is there is used as it is, as Docker does.</summary>
    /// <param name="name">2 to 255 letters, digits, '_', '.' and '-', the first a letter or digit.</param>
    /// <param name="cancellationToken">Cancels; nothing is left then.</param>
    /// <exception cref="ArgumentException">The name is not allowed.</exception>
    public Task<Volume> CreateAsync(string name, CancellationToken cancellationToken = default)
        => CreateAsync(new VolumeSpec { Name = VolumeName.Require(name) }, cancellationToken);

    /// <summary>Makes a volume; one of that name that is there is used as it is, as Docker does.</summary>
    /// <param name="spec">What it is to be.</param>
    /// <param name="cancellationToken">Cancels; nothing is left then.</param>
    /// <exception cref="ArgumentException">The name or an option is not allowed; the message names it.</exception>
    /// <exception cref="ConflictException">There is a volume of that name with other options.</exception>
    /// <exception cref="UnsupportedException">There is no such driver, or its options ask for a mount on this machine, which takes root.</exception>
    public async Task<Volume> CreateAsync(VolumeSpec spec, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        string name = spec.Name is null ? VolumeName.CreateAnonymous() : VolumeName.Require(spec.Name);
        using IDisposable held = await _store.HoldAsync(cancellationToken).ConfigureAwait(false);
        return new Volume(_store, (await _store.CreateAsync(spec, name, isAnonymous: spec.Name is null, cancellationToken).ConfigureAwait(false)).Name);
    }

    /// <summary>Finds a volume.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="NotFoundException">There is no such volume.</exception>
    public Task<Volume> GetAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_store.Find(name) is { } found ? new Volume(_store, found.Name) : throw NotFound(name));
    }

    /// <summary>All volumes that match, by name.</summary>
    /// <param name="filters">
    /// <c>dangling</c> (true: no container uses it), <c>driver</c>, <c>label</c> (all must be there), <c>name</c> (a part or a regular expression); null for all.
    /// </param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ArgumentException">A filter or its value is not allowed; the message names it and what is allowed.</exception>
    /// <exception cref="InvalidContentException">The description of a volume is damaged.</exception>
    public Task<IReadOnlyList<VolumeInfo>> ListAsync(FilterSet? filters = null, CancellationToken cancellationToken = default)
    {
        filters ??= FilterSet.Empty;
        FilterRules.RequireKnown(filters, s_listFilters);
        cancellationToken.ThrowIfCancellationRequested();
        bool? dangling = FilterRules.Boolean(filters, "dangling");
        IReadOnlyList<Func<string, bool>> names = FilterRules.Patterns(filters, "name");
        ILookup<string, string>? users = dangling is null ? null : _store.Files.FindUsers();
        return Task.FromResult<IReadOnlyList<VolumeInfo>>([.. _store.ReadAll().Where(IsWanted).Select(volume => Describe(_store, volume))]);

        bool IsWanted(VolumeDocument volume)
            => (dangling is null || dangling == !users!.Contains(volume.Name))
                && (!filters.Contains("driver") || filters["driver"].Contains(volume.Driver))
                && FilterRules.HasLabels(volume.Labels, filters["label"])
                && (names.Count == 0 || names.Any(matches => matches(volume.Name)));
    }

    /// <summary>Removes the volumes that no container uses: anonymous ones, or all.</summary>
    /// <param name="filters"><c>all</c> (true: also those that were given a name), <c>label</c> (all must be there), <c>label!</c> (none may be there).</param>
    /// <param name="cancellationToken">Stops; what is removed stays removed.</param>
    /// <exception cref="ArgumentException">A filter or its value is not allowed. Nothing was removed.</exception>
    public async Task<VolumePruneReport> PruneAsync(FilterSet? filters = null, CancellationToken cancellationToken = default)
    {
        filters ??= FilterSet.Empty;
        FilterRules.RequireKnown(filters, s_pruneFilters);
        bool all = FilterRules.Boolean(filters, "all") == true;
        ILookup<string, string> users = _store.Files.FindUsers();
        List<string> removed = [];
        long space = 0;
        foreach (VolumeDocument volume in _store.ReadAll())
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool wanted = (all || volume.IsAnonymous)
                && !users.Contains(volume.Name)
                && FilterRules.HasLabels(volume.Labels, filters["label"])
                && FilterRules.LacksLabels(volume.Labels, filters["label!"]);
            long size = wanted ? await _store.MeasureAsync(volume, cancellationToken).ConfigureAwait(false) : 0;
            if (wanted && await TryRemoveAsync(volume.Name, cancellationToken).ConfigureAwait(false))
            {
                removed.Add(volume.Name);
                space += size;
            }
        }

        return new VolumePruneReport(removed, space);
    }

    internal static NotFoundException NotFound(string name) => new($"There is no volume {name}.");

    internal static VolumeInfo Describe(VolumeStore store, VolumeDocument volume) => new()
    {
        Name = volume.Name,
        Driver = volume.Driver,
        MountPoint = store.MountPointOf(volume),
        CreatedAt = volume.CreatedAt,
        Labels = volume.Labels,
        DriverOptions = volume.DriverOptions,
        IsAnonymous = volume.IsAnonymous,
    };

    /// <summary>False for one that a container took into use meanwhile, or whose driver another engine has.</summary>
    private async Task<bool> TryRemoveAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await _store.RemoveAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (ContainerKitException e) when (e is ConflictException or UnsupportedException)
        {
            return false;
        }
    }
}
