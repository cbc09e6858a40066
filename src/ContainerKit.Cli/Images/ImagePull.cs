using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Registries;

namespace ContainerKit.Cli.Images;

/// <summary>Fetches an image.</summary>
internal static class ImagePull
{
    /// <param name="name">With a tag or digest; a name alone means all of its tags.</param>
    public static async Task RunAsync(DockerClient client, string name, string? platform, TextWriter progress, CancellationToken cancellationToken)
    {
        (string repository, string tag) = ImageNames.Split(name);
        string path = $"/images/create?fromImage={Uri.EscapeDataString(repository)}&tag={Uri.EscapeDataString(tag)}{(platform is null ? "" : $"&platform={Uri.EscapeDataString(platform)}")}";
        IReadOnlyDictionary<string, string>? headers = await LoginFile.HeadersForAsync(client, name, cancellationToken).ConfigureAwait(false);
        await ProgressDisplay.For(progress).ShowAsync(client.ReadLinesAsync(HttpMethod.Post, path, null, headers, cancellationToken)).ConfigureAwait(false);
    }
}
