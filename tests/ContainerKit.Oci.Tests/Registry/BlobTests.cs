using System.Net;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace ContainerKit.Oci.Tests.Registry;

public sealed class BlobTests : RegistryTest
{
    [Fact]
    public async Task A_blob_is_read_and_verified()
    {
        (Descriptor blob, byte[] content) = AddBlob(300_000);
        RegistryClient client = Open();

        Assert.Equal(content, await ReadAsync(client, blob));
        Assert.Equal(content, await client.Blobs.GetAsync(Reference(), blob, Token));
        Assert.Equal(300_000, await client.Blobs.HeadAsync(Reference(), blob.Digest, Token));
        Assert.Null(await client.Blobs.HeadAsync(Reference("none"), blob.Digest, Token));
    }

    [Fact]
    public async Task An_empty_blob_is_read()
    {
        (Descriptor blob, _) = AddBlob(0);

        Assert.Empty(await ReadAsync(Open(), blob));
    }

    [Fact]
    public async Task Embedded_content_needs_no_request()
    {
        Descriptor blob = Descriptor.ForContent(MediaTypes.OciEmpty, "{}"u8) with { Data = "{}"u8.ToArray() };

        Assert.Equal("{}"u8.ToArray(), await ReadAsync(Open(), blob));
        Assert.Empty(Server.Requests);
    }

    [Fact]
    public async Task Only_the_rest_is_fetched_where_the_beginning_is_there()
    {
        (Descriptor blob, byte[] content) = AddBlob(200_000);

        Assert.Equal(content, await ReadAsync(Open(), blob, head: new MemoryStream(content, 0, 150_000)));
        Assert.Equal("bytes=150000-", Assert.Single(Server.Requests).Range);
        Assert.Equal(content, await ReadAsync(Open(), blob, head: new MemoryStream(content)));
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task A_beginning_that_is_wrong_is_found_out()
    {
        (Descriptor blob, byte[] content) = AddBlob(200_000);
        byte[] head = content[..1000];
        head[17] ^= 1;

        await Assert.ThrowsAsync<DigestMismatchException>(() => ReadAsync(Open(), blob, head: new MemoryStream(head)));
        await Assert.ThrowsAsync<ArgumentException>(() => ReadAsync(Open(), blob, head: new MemoryStream(new byte[200_001])));
    }

    [Fact]
    public async Task A_damaged_blob_is_refused()
    {
        (Descriptor blob, byte[] content) = AddBlob(100_000);
        byte[] damaged = [.. content];
        damaged[99_999] ^= 1;
        Server.Blobs[$"team/app@{blob.Digest}"] = damaged;

        await Assert.ThrowsAsync<DigestMismatchException>(() => ReadAsync(Open(), blob));
    }

    [Theory]
    [InlineData(99_999, true)]
    [InlineData(100_001, true)]
    [InlineData(200_000, false)]
    public async Task A_blob_of_another_size_is_refused(int size, bool withLength)
    {
        (Descriptor blob, _) = AddBlob(100_000);
        byte[] other = Content(size);
        Server.Fault = async context =>
        {
            context.Response.ContentLength = withLength ? other.Length : null;
            await context.Response.Body.WriteAsync(other);
            return true;
        };

        await Assert.ThrowsAsync<DigestMismatchException>(() => ReadAsync(Open(), blob));
    }

    [Fact]
    public async Task A_large_document_is_refused_before_it_is_fetched()
    {
        var blob = new Descriptor { MediaType = MediaTypes.OciConfig, Digest = Digest.Compute("x"u8), Size = OciLimits.MaxDocumentSize + 1 };

        await Assert.ThrowsAsync<OciFormatException>(() => Open().Blobs.GetAsync(Reference(), blob, Token));
        Assert.Empty(Server.Requests);
    }

    [Fact]
    public async Task A_missing_blob_is_an_error_at_once()
    {
        var blob = Descriptor.ForContent(MediaTypes.OciLayer, "missing"u8);

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => ReadAsync(Open(), blob));

        Assert.Equal((HttpStatusCode.NotFound, RegistryErrorCodes.BlobUnknown), (e.StatusCode, e.ErrorCode));
    }

    [Fact]
    public async Task A_blob_is_uploaded_in_one_request()
    {
        byte[] content = Content(300_000);
        Descriptor blob = Descriptor.ForContent(MediaTypes.OciLayer, content);
        var progress = new List<long>();

        BlobUploadOutcome outcome = await UploadAsync(Open(), content, new BlobUploadOptions { Progress = new Recorder(progress) });

        Assert.Equal(BlobUploadOutcome.Uploaded, outcome);
        Assert.Equal(content, Server.Blobs[$"team/app@{blob.Digest}"]);
        Assert.Equal(["HEAD", "POST", "PUT"], Server.Requests.Select(request => request.Method));
        Assert.Equal(300_000, progress[^1]);
        Assert.Equal(BlobUploadOutcome.Existing, await UploadAsync(Open(), content, null));
    }

    [Theory]
    [InlineData(100_000, 4)]
    [InlineData(350_000, 1)]
    [InlineData(1_000_000, 1)]
    public async Task A_blob_is_uploaded_in_parts(long chunkSize, int parts)
    {
        byte[] content = Content(350_000);

        await UploadAsync(Open(), content, new BlobUploadOptions { ChunkSize = chunkSize });

        Assert.Equal(content, Assert.Single(Server.Blobs).Value);
        Assert.Equal(parts, Server.Count("PATCH", "/uploads/"));
    }

    [Fact]
    public async Task An_empty_blob_is_uploaded()
    {
        await UploadAsync(Open(), [], null);
        await UploadAsync(Open(), [], new BlobUploadOptions { ChunkSize = 5, SkipExisting = false });

        Assert.Empty(Assert.Single(Server.Blobs).Value);
    }

    [Fact]
    public async Task A_blob_is_taken_from_another_repository()
    {
        (Descriptor blob, byte[] content) = AddBlob(1000, "base/image");

        BlobUploadOutcome outcome = await UploadAsync(Open(), content, new BlobUploadOptions { MountFrom = Reference("base/image") });

        Assert.Equal(BlobUploadOutcome.Mounted, outcome);
        Assert.Equal(content, Server.Blobs[$"team/app@{blob.Digest}"]);
        Assert.Equal(0, Server.Count("PUT", ""));
    }

    [Fact]
    public async Task A_blob_that_can_not_be_taken_from_another_repository_is_sent()
    {
        Server.AllowsMount = false;
        (_, byte[] content) = AddBlob(1000, "base/image");

        Assert.Equal(BlobUploadOutcome.Uploaded, await UploadAsync(Open(), content, new BlobUploadOptions { MountFrom = Reference("base/image") }));
        Assert.Equal(1, Server.Count("POST", ""));
    }

    [Fact]
    public async Task A_refused_mount_is_no_refused_upload()
    {
        (_, byte[] content) = AddBlob(1000, "base/image");
        Server.FailFirst(1, "POST", "/uploads/", context => TestSupport.Registry.TestRegistry.FailAsync(context, 403, "DENIED"));

        Assert.Equal(BlobUploadOutcome.Uploaded, await UploadAsync(Open(), content, new BlobUploadOptions { MountFrom = Reference("base/image") }));
    }

    [Fact]
    public async Task Content_of_another_digest_is_refused_by_the_registry()
    {
        Descriptor blob = Descriptor.ForContent(MediaTypes.OciLayer, "right"u8);

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(
            () => Open().Blobs.UploadAsync(Reference(), blob, _ => new(new MemoryStream("wrong"u8.ToArray())), null, Token));

        Assert.Equal(RegistryErrorCodes.DigestInvalid, e.ErrorCode);
        Assert.Empty(Server.Blobs);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(30_000L)]
    public async Task An_upload_survives_errors_of_the_registry(long? chunkSize)
    {
        byte[] content = Content(100_000);
        Server.FailFirst(1, "PATCH", "/uploads/", Unavailable);
        Server.FailFirst(1, "PUT", "/uploads/", Unavailable);
        Server.FailFirst(2, "POST", "/uploads/", Unavailable);

        await UploadAsync(Open(), content, new BlobUploadOptions { ChunkSize = chunkSize });

        Assert.Equal(content, Assert.Single(Server.Blobs).Value);

        static Task Unavailable(HttpContext context)
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_part_that_broke_off_is_gone_on_with_where_the_registry_has_stopped()
    {
        byte[] content = Content(3_000_000);
        int broken = 0;
        Server.Fault = async context =>
        {
            if (context.Request.Method != "PATCH" || Interlocked.Increment(ref broken) != 2)
            {
                return false;
            }
            await context.Request.Body.ReadExactlyAsync(new byte[100_000]);
            context.Abort();
            return true;
        };

        await UploadAsync(Open(), content, new BlobUploadOptions { ChunkSize = 1_000_000 });

        Assert.Equal(content, Assert.Single(Server.Blobs).Value);
        Assert.Equal(4, Server.Count("PATCH", "/uploads/"));
        Assert.Equal(1, Server.Count("GET", "/uploads/"));
    }

    [Fact]
    public async Task An_upload_that_the_registry_forgot_begins_again()
    {
        byte[] content = Content(1000);
        Server.FailFirst(1, "PUT", "/uploads/", context => TestSupport.Registry.TestRegistry.FailAsync(context, 404, "BLOB_UPLOAD_UNKNOWN"));

        await UploadAsync(Open(), content, null);

        Assert.Equal(content, Assert.Single(Server.Blobs).Value);
        Assert.Equal(2, Server.Count("POST", "/uploads/"));
    }

    [Fact]
    public async Task A_blob_is_deleted()
    {
        (Descriptor blob, _) = AddBlob();

        await Open().Blobs.DeleteAsync(Reference(), blob.Digest, Token);

        Assert.Empty(Server.Blobs);
    }

    private Task<BlobUploadOutcome> UploadAsync(RegistryClient client, byte[] content, BlobUploadOptions? options)
        => client.Blobs.UploadAsync(Reference(), Descriptor.ForContent(MediaTypes.OciLayer, content), _ => new(new MemoryStream(content)), options, Token);

    private sealed class Recorder(List<long> values) : IProgress<long>
    {
        public void Report(long value) => values.Add(value);
    }
}
