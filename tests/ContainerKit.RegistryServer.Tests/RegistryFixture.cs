using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ContainerKit.Oci;
using Xunit;

namespace ContainerKit.RegistryServer.Tests;

/// <summary>A registry of its own for one test, on a free port, and the shapes of requests.</summary>
internal sealed class RegistryFixture : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly bool _ownsDirectory;

    private RegistryFixture(string directory, bool ownsDirectory, OciRegistryServer server)
    {
        (Directory, _ownsDirectory, Server) = (directory, ownsDirectory, server);
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = server.Addresses[0], Timeout = Patience };
    }

    public string Directory { get; }

    public OciRegistryServer Server { get; }

    public HttpClient Client { get; }

    public string Storage => Path.Combine(Directory, "storage");

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static Task<RegistryFixture> StartAsync(Func<OciRegistryServerOptions, OciRegistryServerOptions> change)
        => StartAsync(directory: null, change);

    public static async Task<RegistryFixture> StartAsync(string? directory = null, Func<OciRegistryServerOptions, OciRegistryServerOptions>? change = null)
    {
        string own = directory ?? NewDirectory();
        var options = new OciRegistryServerOptions
        {
            EndPoints = [new IPEndPoint(IPAddress.Loopback, 0)],
            Registry = new OciRegistryOptions { StorageDirectory = Path.Combine(own, "storage"), Collection = new OciRegistryCollectionOptions { Interval = null } },
        };
        try
        {
            return new RegistryFixture(own, directory is null, await OciRegistryServer.StartAsync(change?.Invoke(options) ?? options, Stop));
        }
        catch when (directory is null)
        {
            System.IO.Directory.Delete(own, recursive: true);
            throw;
        }
    }

    public static string NewDirectory() => System.IO.Directory.CreateTempSubdirectory("ck-registry-").FullName;

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        if (_ownsDirectory)
            System.IO.Directory.Delete(Directory, recursive: true);
    }

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach ((string name, string value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content!.Headers.TryAddWithoutValidation(name, value);
        }

        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    /// <summary>Uploads a blob by POST and PUT.</summary>
    public async Task<Descriptor> PushBlobAsync(string repository, byte[] content, string mediaType = MediaTypes.OciLayer)
    {
        Descriptor blob = Descriptor.ForContent(mediaType, content);
        using HttpResponseMessage begun = await SendAsync(HttpMethod.Post, $"/v2/{repository}/blobs/uploads/");
        Assert.Equal(HttpStatusCode.Accepted, begun.StatusCode);
        using HttpResponseMessage done = await SendAsync(HttpMethod.Put, $"{begun.Headers.Location}?digest={blob.Digest}", new ByteArrayContent(content));
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
        return blob;
    }

    /// <summary>Pushes an image of one layer.</summary>
    public async Task<Descriptor> PushImageAsync(string repository, string reference, string layer = "layer", Descriptor? subject = null, string? artifactType = null)
    {
        Descriptor config = await PushBlobAsync(repository, "{}"u8.ToArray(), MediaTypes.OciEmpty);
        Descriptor blob = await PushBlobAsync(repository, Encoding.UTF8.GetBytes(layer));
        var manifest = new ImageManifest { Config = config, Layers = [blob], Subject = subject, ArtifactType = artifactType };
        return await PushManifestAsync(repository, reference, manifest.ToUtf8Json());
    }

    public async Task<Descriptor> PushManifestAsync(string repository, string reference, byte[] content, string mediaType = MediaTypes.OciManifest)
    {
        Descriptor descriptor = Descriptor.ForContent(mediaType, content);
        using HttpResponseMessage response = await PutManifestAsync(repository, reference == "" ? descriptor.Digest.ToString() : reference, content, mediaType);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync(Stop));
        return descriptor;
    }

    public Task<HttpResponseMessage> PutManifestAsync(string repository, string reference, byte[] content, string mediaType = MediaTypes.OciManifest)
        => SendAsync(HttpMethod.Put, $"/v2/{repository}/manifests/{reference}", Body(content, mediaType));

    public static ByteArrayContent Body(byte[] content, string mediaType = "application/octet-stream")
    {
        var body = new ByteArrayContent(content);
        body.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return body;
    }

    /// <summary>Status and the code of the first error.</summary>
    public static async Task<(HttpStatusCode Status, string? Code)> ErrorOf(HttpResponseMessage response)
    {
        using (response)
        {
            using JsonDocument document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Stop));
            return (response.StatusCode, document.RootElement.GetProperty("errors")[0].GetProperty("code").GetString());
        }
    }

    /// <summary>What is in the directories of the storage where transfers leave something.</summary>
    public string[] Leftovers() => [.. new[] { "uploads", "staging" }.SelectMany(part => System.IO.Directory.EnumerateFileSystemEntries(Path.Combine(Storage, part)))];
}
