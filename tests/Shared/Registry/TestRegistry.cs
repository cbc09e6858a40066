using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.TestSupport.Registry;

/// <summary>A registry in memory, as the OCI distribution specification describes it, with everything that a test may want to be different.</summary>
public sealed class TestRegistry : TestServer
{
    private readonly ConcurrentDictionary<string, MemoryStream> _uploads = new();

    private TestRegistry(X509Certificate2? certificate)
        : base(certificate)
    {
    }

    /// <summary>Keys are <c>repository@digest</c>.</summary>
    public ConcurrentDictionary<string, byte[]> Blobs { get; } = new();

    /// <summary>Keys are <c>repository@digest</c> and <c>repository:tag</c>.</summary>
    public ConcurrentDictionary<string, (string MediaType, byte[] Content)> Manifests { get; } = new();

    /// <summary>User and password for basic authentication; null: none.</summary>
    public string? User { get; set; }

    /// <summary>Asks for tokens of this server; null: for none.</summary>
    public TestTokenServer? Tokens { get; set; }

    public int PageSize { get; set; } = 1000;

    public bool HasReferrersApi { get; set; } = true;

    public bool AllowsMount { get; set; } = true;

    /// <summary>Ignores that a range is asked for.</summary>
    public bool IgnoresRange { get; set; }

    /// <summary>Where blobs are redirected to; null: they are sent from here.</summary>
    public Func<string, string>? RedirectBlobs { get; set; }

    public static async Task<TestRegistry> StartAsync(X509Certificate2? certificate = null)
    {
        var registry = new TestRegistry(certificate);
        await registry.ListenAsync();
        return registry;
    }

    public static string DigestOf(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    public string AddBlob(string repository, byte[] content)
    {
        string digest = DigestOf(content);
        Blobs[$"{repository}@{digest}"] = content;
        return digest;
    }

    public string AddManifest(string repository, string? tag, string mediaType, byte[] content)
    {
        string digest = DigestOf(content);
        Manifests[$"{repository}@{digest}"] = (mediaType, content);
        if (tag is not null)
        {
            Manifests[$"{repository}:{tag}"] = (mediaType, content);
        }
        return digest;
    }

    protected override async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        context.Response.Headers["Docker-Distribution-Api-Version"] = "registry/2.0";
        (string repository, string kind, string rest) = Split(path);
        if (!await AuthorizeAsync(context, repository, kind))
        {
            return;
        }
        await (kind switch
        {
            "" => Task.CompletedTask,
            "_catalog" => ListAsync(context, "repositories", [.. Manifests.Keys.Select(key => key.Split('@', ':')[0]).Distinct()]),
            "tags" => TagsAsync(context, repository),
            "manifests" => ManifestAsync(context, repository, rest),
            "referrers" => ReferrersAsync(context, repository, rest),
            "blobs" when rest.StartsWith("uploads/", StringComparison.Ordinal) => UploadAsync(context, repository, rest["uploads/".Length..]),
            "blobs" => BlobAsync(context, repository, rest),
            _ => FailAsync(context, 404, "UNSUPPORTED"),
        });
    }

    public static async Task FailAsync(HttpContext context, int status, string code, string message = "said by the test")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(JsonSerializer.Serialize(new { errors = new[] { new { code, message } } }));
    }

    private static (string Repository, string Kind, string Tail) Split(string path)
    {
        if (path is "/v2/" or "/v2")
        {
            return ("", "", "");
        }
        if (path == "/v2/_catalog")
        {
            return ("", "_catalog", "");
        }
        foreach (string kind in (string[])["blobs", "manifests", "tags", "referrers"])
        {
            int index = path.IndexOf($"/{kind}/", StringComparison.Ordinal);
            if (index > 4)
            {
                return (path[4..index], kind, path[(index + kind.Length + 2)..]);
            }
        }
        return ("", "unknown", "");
    }

    private async Task<bool> AuthorizeAsync(HttpContext context, string repository, string kind)
    {
        string? authorization = context.Request.Headers.Authorization.FirstOrDefault();
        if (User is not null && authorization != "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(User)))
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"test, with \\\"quotes\\\"\", charset=\"UTF-8\"";
            await FailAsync(context, 401, "UNAUTHORIZED");
            return false;
        }
        string actions = context.Request.Method switch { "GET" or "HEAD" => "pull", "DELETE" => "delete", _ => "pull,push" };
        string scope = kind switch { "" => "", "_catalog" => "registry:catalog:*", _ => $"repository:{repository}:{actions}" };
        if (Tokens is not null && !Tokens.Allows(authorization, scope))
        {
            string asked = scope.Length == 0 ? "" : $",scope=\"{scope}\"";
            context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"{Tokens.Realm}\",service=\"test registry\"{asked}";
            await FailAsync(context, 401, "UNAUTHORIZED");
            return false;
        }
        return true;
    }

    private Task TagsAsync(HttpContext context, string repository)
    {
        string[] tags = [.. Manifests.Keys.Where(key => key.StartsWith(repository + ":", StringComparison.Ordinal)).Select(key => key[(repository.Length + 1)..])];
        return Manifests.Keys.Any(key => key.Split('@', ':')[0] == repository) ? ListAsync(context, "tags", tags) : FailAsync(context, 404, "NAME_UNKNOWN");
    }

    private async Task ListAsync(HttpContext context, string name, string[] items)
    {
        string last = context.Request.Query["last"].FirstOrDefault() ?? "";
        string[] page = [.. items.Order(StringComparer.Ordinal).Where(item => string.CompareOrdinal(item, last) > 0)];
        if (page.Length > PageSize)
        {
            page = page[..PageSize];
            context.Response.Headers.Link = $"<{context.Request.Path}?n={PageSize}&last={Uri.EscapeDataString(page[^1])}>; rel=\"next\"";
        }
        await context.Response.WriteAsync(new JsonObject { [name] = new JsonArray([.. page.Select(item => JsonValue.Create(item))]) }.ToJsonString());
    }

    private async Task ManifestAsync(HttpContext context, string repository, string reference)
    {
        string key = reference.Contains(':', StringComparison.Ordinal) ? $"{repository}@{reference}" : $"{repository}:{reference}";
        if (context.Request.Method == "PUT")
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            byte[] content = body.ToArray();
            Manifests[key] = (context.Request.ContentType!, content);
            Manifests[$"{repository}@{DigestOf(content)}"] = (context.Request.ContentType!, content);
            context.Response.Headers["Docker-Content-Digest"] = DigestOf(content);
            if (HasReferrersApi && JsonNode.Parse(content)!["subject"]?["digest"]?.ToString() is { } subject)
            {
                context.Response.Headers["OCI-Subject"] = subject;
            }
            context.Response.StatusCode = 201;
            return;
        }
        if (!Manifests.TryGetValue(key, out var manifest))
        {
            await FailAsync(context, 404, "MANIFEST_UNKNOWN");
            return;
        }
        if (context.Request.Method == "DELETE")
        {
            string digest = DigestOf(manifest.Content);
            foreach (string each in Manifests.Where(entry => entry.Key == key
                || (key.Contains('@', StringComparison.Ordinal) && entry.Key.Split('@', ':')[0] == repository && DigestOf(entry.Value.Content) == digest)).Select(entry => entry.Key))
            {
                Manifests.TryRemove(each, out _);
            }
            context.Response.StatusCode = 202;
            return;
        }
        context.Response.Headers["Docker-Content-Digest"] = DigestOf(manifest.Content);
        await SendAsync(context, manifest.MediaType, manifest.Content);
    }

    private async Task ReferrersAsync(HttpContext context, string repository, string digest)
    {
        if (!HasReferrersApi)
        {
            await FailAsync(context, 404, "UNSUPPORTED");
            return;
        }
        var entries = new JsonArray();
        foreach (var manifest in Manifests.Where(entry => entry.Key.StartsWith(repository + "@", StringComparison.Ordinal)).Select(entry => entry.Value))
        {
            JsonNode document = JsonNode.Parse(manifest.Content)!;
            if (document["subject"]?["digest"]?.ToString() == digest)
            {
                entries.Add(new JsonObject
                {
                    ["mediaType"] = manifest.MediaType,
                    ["digest"] = DigestOf(manifest.Content),
                    ["size"] = manifest.Content.Length,
                    ["artifactType"] = document["artifactType"]?.ToString(),
                });
            }
        }
        context.Response.ContentType = "application/vnd.oci.image.index.v1+json";
        await context.Response.WriteAsync(new JsonObject { ["schemaVersion"] = 2, ["manifests"] = entries }.ToJsonString());
    }

    private async Task BlobAsync(HttpContext context, string repository, string digest)
    {
        if (!Blobs.TryGetValue($"{repository}@{digest}", out byte[]? content))
        {
            await FailAsync(context, 404, "BLOB_UNKNOWN");
            return;
        }
        if (context.Request.Method == "DELETE")
        {
            Blobs.TryRemove($"{repository}@{digest}", out _);
            context.Response.StatusCode = 202;
            return;
        }
        if (RedirectBlobs is not null && context.Request.Method == "GET")
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = RedirectBlobs(context.Request.Path.Value!);
            return;
        }
        context.Response.Headers["Docker-Content-Digest"] = digest;
        await SendAsync(context, "application/octet-stream", content);
    }

    public async Task SendAsync(HttpContext context, string mediaType, byte[] content)
    {
        context.Response.ContentType = mediaType;
        string range = context.Request.Headers.Range.FirstOrDefault() ?? "";
        int start = 0;
        if (!IgnoresRange && range.StartsWith("bytes=", StringComparison.Ordinal))
        {
            start = int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {start}-{content.Length - 1}/{content.Length}";
        }
        context.Response.ContentLength = content.Length - start;
        if (context.Request.Method == "GET")
        {
            await context.Response.Body.WriteAsync(content.AsMemory(start));
        }
    }

    private async Task UploadAsync(HttpContext context, string repository, string id)
    {
        if (context.Request.Method == "POST")
        {
            await StartUploadAsync(context, repository);
            return;
        }
        if (!_uploads.TryGetValue(id, out MemoryStream? upload))
        {
            await FailAsync(context, 404, "BLOB_UPLOAD_UNKNOWN");
            return;
        }
        if (context.Request.Method == "GET")
        {
            Describe(context, repository, id, upload);
            context.Response.StatusCode = 204;
            return;
        }
        string? contentRange = context.Request.Headers.ContentRange.FirstOrDefault();
        if (contentRange is not null && long.Parse(contentRange.Split('-')[0], CultureInfo.InvariantCulture) != upload.Length)
        {
            Describe(context, repository, id, upload);
            context.Response.StatusCode = 416;
            return;
        }
        try
        {
            await context.Request.Body.CopyToAsync(upload);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // What came before a broken connection is kept, as distribution does it for parts.
            return;
        }
        if (context.Request.Method == "PATCH")
        {
            Describe(context, repository, id, upload);
            context.Response.StatusCode = 202;
            return;
        }
        _uploads.TryRemove(id, out _);
        string digest = DigestOf(upload.ToArray());
        if (digest != context.Request.Query["digest"] || !context.Request.Query.ContainsKey("state"))
        {
            await FailAsync(context, 400, "DIGEST_INVALID");
            return;
        }
        Blobs[$"{repository}@{digest}"] = upload.ToArray();
        context.Response.Headers["Docker-Content-Digest"] = digest;
        context.Response.Headers.Location = $"/v2/{repository}/blobs/{digest}";
        context.Response.StatusCode = 201;
    }

    private async Task StartUploadAsync(HttpContext context, string repository)
    {
        string? mount = context.Request.Query["mount"];
        if (mount is not null && AllowsMount && Blobs.TryGetValue($"{context.Request.Query["from"]}@{mount}", out byte[]? content))
        {
            Blobs[$"{repository}@{mount}"] = content;
            context.Response.StatusCode = 201;
            return;
        }
        string id = Guid.NewGuid().ToString("n");
        MemoryStream upload = _uploads[id] = new MemoryStream();
        Describe(context, repository, id, upload);
        context.Response.StatusCode = 202;
        await context.Response.CompleteAsync();
    }

    private static void Describe(HttpContext context, string repository, string id, MemoryStream upload)
    {
        context.Response.Headers.Location = $"/v2/{repository}/blobs/uploads/{id}?state=a%2Fb";
        context.Response.Headers.Range = $"0-{Math.Max(0, upload.Length - 1)}";
    }
}
