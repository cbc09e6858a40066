using ContainerKit.Oci;

namespace ContainerKit.Images;

/// <summary>Parses the documents of images; what is malformed is content that is invalid.</summary>
internal static class ImageDocuments
{
    public static ImageIndex ParseIndex(byte[] json, string what) => Parse(json, what, static json => ImageIndex.Parse(json));

    public static ImageManifest ParseManifest(byte[] json, string what) => Parse(json, what, static json => ImageManifest.Parse(json));

    public static ImageConfiguration ParseConfiguration(byte[] json, string what) => Parse(json, what, static json => ImageConfiguration.Parse(json));

    public static IReadOnlyList<DockerArchiveImage> ParseArchive(byte[] json, string what)
        => Parse(json, what, static json => DockerArchiveImage.ParseManifest(json));

    public static ImageReference ParseReference(string text, string what)
    {
        try
        {
            return ImageReference.Parse(text);
        }
        catch (OciFormatException e)
        {
            throw new InvalidContentException($"{what}: {e.Message}", e);
        }
    }

    private static T Parse<T>(byte[] json, string what, Func<byte[], T> parse)
    {
        try
        {
            return parse(json);
        }
        catch (OciFormatException e)
        {
            throw new InvalidContentException($"{what}: {e.Message}", e);
        }
    }
}
