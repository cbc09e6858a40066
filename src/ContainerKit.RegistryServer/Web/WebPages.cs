using System.Globalization;
using ContainerKit.Oci;
using ContainerKit.RegistryServer.Access;
using ContainerKit.RegistryServer.Manifests;
using ContainerKit.RegistryServer.Routing;
using ContainerKit.RegistryServer.Storage;
using ContainerKit.RegistryServer.Tags;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.RegistryServer.Web;

/// <summary>The page for people: repositories, their tags, and what is behind a tag. What may not be pulled is not there.</summary>
internal sealed class WebPages(OciRegistryOptions options, RepositoryList repositories, TagStore tags, ManifestStore manifests, BlobStore blobs)
{
    private const string Prefix = "/repositories/";
    private const int PageSize = 100;
    private const int MaxShown = 1000;

    /// <summary>Indexes and configurations that are read for one page.</summary>
    private const int MaxRead = 50;

    private static readonly Comparer<string> s_ordinal = Comparer<string>.Create(string.CompareOrdinal);

    internal static bool Has(string path) => path == "/" || path.StartsWith(Prefix, StringComparison.Ordinal);

    internal async Task WriteAsync(HttpContext http, string path, RegistryAccess access)
    {
        byte[] content;
        if (path == "/")
        {
            content = List(http, access);
        }
        else
        {
            string name = path[Prefix.Length..], tag = http.Request.Query["tag"].ToString();
            if (!RegistryGrammar.IsName(name) || !access.Allows(name, OciRegistryActions.Pull) || !repositories.Contains(name))
                throw RegistryFault.NameUnknown("asked for");
            content = tag.Length == 0 ? await ShowRepositoryAsync(http, name).ConfigureAwait(false) : await ShowTagAsync(http, name, tag).ConfigureAwait(false);
        }

        IHeaderDictionary headers = http.Response.Headers;
        headers.ContentSecurityPolicy = HtmlPage.Policy;
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.ContentLength = content.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
            await http.Response.Body.WriteAsync(content, http.RequestAborted).ConfigureAwait(false);
    }

    private byte[] List(HttpContext http, RegistryAccess access)
    {
        List<string> names = [.. repositories.Read().Where(name => access.Allows(name, OciRegistryActions.Pull))];
        (List<string> shown, bool isLast) = PageOf(http).Take(names, s_ordinal);
        HtmlPage page = new HtmlPage("Repositories").Markup("<h1>Repositories</h1>\n<p>").Text(Host(http)).Markup(" has ").Text(Count(names.Count, "repository", "repositories")).Markup("</p>\n")
            .Markup("<table id=\"repositories\"><tr><th>Repository</th><th class=\"n\">Tags</th></tr>\n");
        foreach (string name in shown)
            page.Markup("<tr><td>").Link(Address(http, name), name).Markup("</td>").Number(tags.Read(name).Count().ToString(CultureInfo.InvariantCulture)).Markup("</tr>\n");
        page.Markup("</table>\n");
        return WriteMore(page, http, Root(http) + "/", shown, isLast).ToBytes();
    }

    private async Task<byte[]> ShowRepositoryAsync(HttpContext http, string name)
    {
        List<string> all = [.. tags.Read(name)];
        (List<string> shown, bool isLast) = PageOf(http).Take(all, TagStore.Order);
        HtmlPage page = Begin(http, name, name).Markup("<p>").Text(Count(all.Count, "tag", "tags")).Markup("</p>\n")
            .Markup("<table id=\"tags\"><tr><th>Tag</th><th>Digest</th><th>Platforms</th><th class=\"n\">Size</th><th>Pushed</th></tr>\n");
        foreach (string tag in shown)
        {
            if (await manifests.FindAsync(name, tag, http.RequestAborted).ConfigureAwait(false) is not { } manifest)
                continue;
            IReadOnlyList<ImageSummary> images = await SummarizeAsync(name, manifest, http.RequestAborted).ConfigureAwait(false);
            page.Markup("<tr><td>").Link($"{Address(http, name)}?tag={Uri.EscapeDataString(tag)}", tag).Markup("</td><td>").Code(manifest.Digest.ToString()[..19]).Markup("</td>")
                .Cell(string.Join(", ", images.Select(image => image.Platform)))
                .Number(Size(images.Sum(image => image.Size)))
                .Cell(tags.FindTime(name, tag)?.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture) ?? "").Markup("</tr>\n");
        }

        page.Markup("</table>\n");
        return WriteMore(page, http, Address(http, name), shown, isLast).ToBytes();
    }

    private async Task<byte[]> ShowTagAsync(HttpContext http, string name, string tag)
    {
        if (!RegistryGrammar.IsTag(tag) || await manifests.FindAsync(name, tag, http.RequestAborted).ConfigureAwait(false) is not { } manifest)
            throw RegistryFault.ManifestUnknown(tag);
        HtmlPage page = Begin(http, name, $"{name}:{tag}")
            .Markup("<pre>").Text($"docker pull {Host(http)}/{name}:{tag}").Markup("</pre>\n<p>").Code(manifest.Digest.ToString()).Markup(" ").Text(manifest.MediaType).Markup("</p>\n");
        foreach (ImageSummary image in await SummarizeAsync(name, manifest, http.RequestAborted).ConfigureAwait(false))
        {
            page.Markup("<h2>").Text(image.Platform).Markup("</h2>\n<p>").Code(image.Digest.ToString()).Markup(" ").Text(Size(image.Size)).Markup("</p>\n");
            page.Markup("<table class=\"layers\"><tr><th>Layer</th><th>Media type</th><th class=\"n\">Size</th></tr>\n");
            foreach (Descriptor layer in image.Layers.Take(MaxShown))
                page.Markup("<tr><td>").Code(layer.Digest.ToString()).Markup("</td>").Cell(layer.MediaType).Number(Size(layer.Size)).Markup("</tr>\n");
            page.Markup("</table>\n");
        }

        return page.ToBytes();
    }

    /// <summary>The images behind a manifest: itself, or those of an index.</summary>
    private async Task<IReadOnlyList<ImageSummary>> SummarizeAsync(string name, StoredManifest manifest, CancellationToken cancellationToken)
    {
        if (!MediaTypes.IsIndex(manifest.MediaType))
            return [await SummarizeAsync(name, manifest, null, cancellationToken).ConfigureAwait(false)];
        List<ImageSummary> images = [];
        foreach (Descriptor entry in ImageIndex.Parse(manifest.Content).Manifests.Take(MaxRead))
        {
            if (await manifests.FindAsync(name, entry.Digest, cancellationToken).ConfigureAwait(false) is { } image && !MediaTypes.IsIndex(image.MediaType))
                images.Add(await SummarizeAsync(name, image, entry.Platform?.ToString(), cancellationToken).ConfigureAwait(false));
            else
                images.Add(new ImageSummary(entry.Digest, entry.Platform?.ToString() ?? entry.MediaType, entry.Size, []));
        }

        return images;
    }

    private async Task<ImageSummary> SummarizeAsync(string name, StoredManifest stored, string? platform, CancellationToken cancellationToken)
    {
        ImageManifest manifest = ImageManifest.Parse(stored.Content);
        platform ??= manifest.ArtifactType ?? await ReadPlatformAsync(name, manifest.Config, cancellationToken).ConfigureAwait(false) ?? manifest.Config.MediaType;

        // Sizes are what a client says: their sum may be more than there is.
        long size = (long)Math.Min(long.MaxValue / 4, manifest.Layers.Aggregate(stored.Content.Length + (double)manifest.Config.Size, (sum, layer) => sum + layer.Size));
        return new ImageSummary(stored.Digest, platform, size, manifest.Layers);
    }

    private async Task<string?> ReadPlatformAsync(string name, Descriptor config, CancellationToken cancellationToken)
    {
        if (!MediaTypes.IsConfig(config.MediaType) || config.Size > OciLimits.MaxDocumentSize)
            return null;
        using Microsoft.Win32.SafeHandles.SafeFileHandle? file = blobs.Open(name, config.Digest);
        if (file is null || RandomAccess.GetLength(file) > OciLimits.MaxDocumentSize)
            return null;
        byte[] content = new byte[RandomAccess.GetLength(file)];
        int length = await RandomAccess.ReadAsync(file, content, 0, cancellationToken).ConfigureAwait(false);
        try
        {
            return ImageConfiguration.Parse(content.AsSpan(0, length)).Platform.ToString();
        }
        catch (Exception e) when (e is OciFormatException or ArgumentException)
        {
            // It is called a configuration and is none.
            return null;
        }
    }

    private static HtmlPage Begin(HttpContext http, string name, string title)
        => new HtmlPage(title).Markup("<nav>").Link(Root(http) + "/", "Repositories").Markup(" / ").Link(Address(http, name), name).Markup("</nav>\n<h1>").Text(title).Markup("</h1>\n");

    /// <summary>The part of a list that is asked for, as clients of the protocol ask: after its last element.</summary>
    private static Page PageOf(HttpContext http) => new(PageSize, http.Request.Query["last"].ToString() is { Length: > 0 } last ? last : null);

    private static HtmlPage WriteMore(HtmlPage page, HttpContext http, string address, List<string> shown, bool isLast)
    {
        page.Markup("<nav class=\"pages\">");
        if (http.Request.Query.ContainsKey("last"))
            page.Link(address, "First page").Markup(" ");
        if (!isLast)
            page.Link($"{address}?last={Uri.EscapeDataString(shown[^1])}", "Next page");
        return page.Markup("</nav>\n");
    }

    private static string Count(int number, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : many)}");

    private string Host(HttpContext http) => options.PublicAddress?.Authority ?? http.Request.Host.ToUriComponent();

    private static string Root(HttpContext http) => http.Request.PathBase.ToUriComponent();

    private static string Address(HttpContext http, string name) => $"{Root(http)}{Prefix}{name}";

    private static string Size(long bytes) => bytes switch
    {
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:F1} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:F2} GB"),
    };

    private sealed record ImageSummary(Digest Digest, string Platform, long Size, IReadOnlyList<Descriptor> Layers);
}
