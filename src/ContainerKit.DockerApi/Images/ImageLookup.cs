using ContainerKit.DockerApi.Routing;
using ContainerKit.Oci;

namespace ContainerKit.DockerApi.Images;

/// <summary>Finds images, and says in Docker's words when there are none: clients look for them.</summary>
internal static class ImageLookup
{
    internal static async Task<Image> GetAsync(ContainerEngine engine, string name, CancellationToken cancellationToken)
        => await engine.Images.FindAsync(name, cancellationToken).ConfigureAwait(false) ?? throw NotFound(name);

    internal static ApiException NotFound(string name)
        => ApiException.NotFound($"No such image: {(ImageReference.TryParse(name, out ImageReference? reference) && !name.StartsWith("sha256:", StringComparison.Ordinal) ? reference.FamiliarString : name)}");

    /// <summary>The name that two parameters make; either may have the tag.</summary>
    /// <exception cref="ApiException">It breaks the grammar.</exception>
    internal static string Join(string repository, string? tag)
    {
        string name = string.IsNullOrEmpty(tag) ? repository : tag.Contains(':', StringComparison.Ordinal) ? $"{repository}@{tag}" : $"{repository}:{tag}";
        return ImageReference.TryParse(name, out _) ? name : throw ApiException.BadRequest($"invalid reference format: '{name}'");
    }
}
