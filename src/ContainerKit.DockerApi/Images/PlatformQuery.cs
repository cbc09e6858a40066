using System.Text.Json;
using ContainerKit.DockerApi.Routing;
using ContainerKit.Oci;

namespace ContainerKit.DockerApi.Images;

/// <summary>The parameter <c>platform</c>: <c>linux/arm64</c> on create and pull, JSON on what looks at an image.</summary>
internal static class PlatformQuery
{
    internal static Platform? Read(ApiRequest request, string name = "platform")
        => request.Query.NonEmpty(name) is string text ? Parse(name, text) : null;

    /// <summary>Refuses an image that is for another platform than the client asks for.</summary>
    internal static void Check(ApiRequest request, Image image, string name)
    {
        foreach (string text in request.Query.All("platform").Where(text => text.Length > 0))
        {
            Platform wanted = Parse("platform", text);
            Platform offered = image.Configuration.Platform;
            if (wanted.RankOf(offered) is null)
                throw ApiException.NotFound($"image with reference {name} was found but its platform ({offered}) does not match the specified platform ({wanted})");
        }
    }

    private static Platform Parse(string name, string text)
    {
        if (text is not ['{', ..])
            return Platform.Parse(text);
        try
        {
            return JsonSerializer.Deserialize(text, ImageJson.Default.PlatformContract) is { Os: { Length: > 0 } os, Architecture: { Length: > 0 } architecture } platform
                ? new Platform { Os = os, Architecture = architecture, Variant = string.IsNullOrEmpty(platform.Variant) ? null : platform.Variant }.Normalize()
                : throw ApiException.BadRequest($"Parameter {name} '{text}' is not allowed: os and architecture are wanted.");
        }
        catch (JsonException e)
        {
            throw ApiException.BadRequest($"Parameter {name} '{text}' is not allowed: expected JSON such as {{\"os\":\"linux\",\"architecture\":\"amd64\"}}.", e);
        }
    }
}
