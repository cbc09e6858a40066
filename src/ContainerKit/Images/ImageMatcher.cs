using System.Collections.Frozen;
using ContainerKit.Filters;
using ContainerKit.Oci;

namespace ContainerKit.Images;

/// <summary>Filters of images, checked and ready, by the rules of <c>docker image ls</c>.</summary>
internal sealed class ImageMatcher
{
    private static readonly FrozenSet<string> Known = FrozenSet.Create(StringComparer.Ordinal, "before", "dangling", "label", "reference", "since", "until");

    private readonly FilterSet _filters;
    private readonly bool? _dangling;
    private readonly NamePattern[] _references;

    /// <exception cref="ArgumentException">A filter or a value is not allowed.</exception>
    internal ImageMatcher(FilterSet filters, TimeProvider time)
    {
        FilterRules.RequireKnown(filters, Known);
        _filters = filters;
        _dangling = FilterRules.Boolean(filters, "dangling");
        _references = [.. filters["reference"].Select(value => NamePattern.Parse("reference", value))];
        foreach (string value in filters["until"])
            RequireBefore(FilterMoment.Parse("until", value, time));
    }

    /// <summary>Images that were made at this moment or later don't match; null where that does not matter.</summary>
    internal DateTimeOffset? Before { get; private set; }

    /// <summary>Images that were made at this moment or earlier don't match; null where that does not matter.</summary>
    internal DateTimeOffset? Since { get; private set; }

    internal void RequireBefore(DateTimeOffset moment) => Before = Before < moment ? Before : moment;

    internal void RequireSince(DateTimeOffset moment) => Since = Since > moment ? Since : moment;

    /// <summary>The image, with the names that match where that is asked for; null for one that does not match.</summary>
    internal Image? Match(Image image)
    {
        if ((Before is not null && !(image.Created < Before)) || (Since is not null && !(image.Created > Since)))
            return null;
        if (!FilterRules.HasLabels(image.Configuration.Config.Labels, _filters["label"]))
            return null;
        if (_references.Length > 0)
        {
            image = image.WithNames([.. image.References.Where(IsWanted)], [.. image.RepositoryDigests.Where(IsWanted)]);
            if (IsNameless(image))
                return null;
        }

        return _dangling switch
        {
            // What a registry knows it by is no name that anybody gave it.
            true => image.References.Count == 0 ? image : null,
            false => IsNameless(image) ? null : image,
            null => image,
        };
    }

    private static bool IsNameless(Image image) => image.References.Count == 0 && image.RepositoryDigests.Count == 0;

    private bool IsWanted(ImageReference name) => Array.Exists(_references, pattern => pattern.IsMatch(name.FamiliarString) || pattern.IsMatch(name.FamiliarName));
}
