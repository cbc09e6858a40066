using System.Net;
using System.Text;
using ContainerKit.Oci;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Collection;

public sealed class CollectionTests
{
    /// <summary>Leases end at once: whatever is not needed now goes.</summary>
    private static readonly TimeSpan NoLease = TimeSpan.FromSeconds(-1);

    [Fact]
    public async Task What_manifests_need_stays_and_the_rest_goes_with_its_repository()
    {
        await using RegistryFixture registry = await StartAsync(Leases(NoLease));
        Descriptor image = await registry.PushImageAsync("app", "v1"), gone = await registry.PushImageAsync("old/app", "v1", "old layer");
        Descriptor loose = await registry.PushBlobAsync("app", [9, 9, 9]);
        using (HttpResponseMessage deleted = await registry.SendAsync(HttpMethod.Delete, $"/v2/old/app/manifests/{gone.Digest}"))
            Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);

        OciRegistryCollectionResult result = await registry.Server.Registry.CollectGarbageAsync(Stop);
        Assert.Equal(3, result.Blobs);
        Assert.True(result.ReclaimedBytes > gone.Size);
        await AssertWholeAsync(registry, "app", "v1");
        Assert.Equal((HttpStatusCode.NotFound, "BLOB_UNKNOWN"), await ErrorOf(await registry.GetAsync($"/v2/app/blobs/{loose.Digest}")));
        Assert.False(Directory.Exists(Path.Combine(registry.Storage, "repositories", "old")));
        Assert.Equal(new OciRegistryCollectionResult(0, 0, 0, 0), await registry.Server.Registry.CollectGarbageAsync(Stop));
        Assert.NotEqual(default, image.Digest);
    }

    [Fact]
    public async Task What_a_push_has_sent_stays_for_its_lease_and_what_it_was_told_is_there()
    {
        await using RegistryFixture registry = await StartAsync(Leases(TimeSpan.FromHours(1)));
        Descriptor blob = await registry.PushBlobAsync("app", [1, 2, 3]), config = await registry.PushBlobAsync("app", "{}"u8.ToArray());
        string link = Path.Combine(registry.Storage, "repositories/app/_blobs/sha256", blob.Digest.Hex);
        File.SetLastWriteTimeUtc(link, DateTime.UtcNow.AddHours(-2));
        using (HttpResponseMessage head = await registry.SendAsync(HttpMethod.Head, $"/v2/app/blobs/{blob.Digest}"))
            Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(0, (await registry.Server.Registry.CollectGarbageAsync(Stop)).Blobs);
        await registry.PushManifestAsync("app", "v1", new ImageManifest { Config = config, Layers = [blob] }.ToUtf8Json());
    }

    [Fact]
    public async Task Manifests_without_a_tag_go_where_that_is_wanted_but_not_those_that_others_need()
    {
        await using RegistryFixture registry = await StartAsync(options => Leases(NoLease)(options) is var set
            ? set with { Registry = set.Registry with { Collection = set.Registry.Collection with { RemoveUntagged = true } } }
            : options);
        Descriptor part = await registry.PushImageAsync("app", "", "part"), untagged = await registry.PushImageAsync("app", "", "untagged");
        Descriptor index = await registry.PushManifestAsync("app", "v1", new ImageIndex { Manifests = [part] }.ToUtf8Json(), MediaTypes.OciIndex);
        Descriptor signature = await registry.PushImageAsync("app", "", "signature", index), lost = await registry.PushImageAsync("app", "", "lost", untagged);
        Assert.Equal(2, (await registry.Server.Registry.CollectGarbageAsync(Stop)).Manifests);
        foreach (Descriptor kept in (Descriptor[])[part, index, signature])
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(kept));
        foreach (Descriptor removed in (Descriptor[])[untagged, lost])
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(removed));

        async Task<HttpStatusCode> StatusAsync(Descriptor manifest)
        {
            using HttpResponseMessage response = await registry.GetAsync($"/v2/app/manifests/{manifest.Digest}");
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Pushes_while_another_process_collects_without_any_lease_are_whole_or_refused()
    {
        await using RegistryFixture registry = await StartAsync(Leases(NoLease));
        await using RegistryFixture collector = await StartAsync(registry.Directory, Leases(NoLease));
        using var done = new CancellationTokenSource();
        Task collecting = Task.Run(
            async () =>
            {
                while (!done.IsCancellationRequested)
                    await collector.Server.Registry.CollectGarbageAsync(Stop);
            },
            Stop);
        string[] acknowledged = [.. (await Task.WhenAll(Enumerable.Range(0, 4).Select(PushAllAsync))).SelectMany(tags => tags)];
        await done.CancelAsync();
        await collecting;
        foreach (string tag in acknowledged)
            await AssertWholeAsync(registry, "app", tag);

        async Task<List<string>> PushAllAsync(int pusher)
        {
            List<string> taken = [];
            for (int i = 0; i < 15; i++)
            {
                // All share one layer, which is unneeded again and again.
                Descriptor config = await registry.PushBlobAsync("app", Encoding.UTF8.GetBytes($"{pusher}-{i}")), shared = await registry.PushBlobAsync("app", "shared"u8.ToArray());
                using HttpResponseMessage put = await registry.PutManifestAsync("app", $"t{pusher}-{i}", new ImageManifest { Config = config, Layers = [shared] }.ToUtf8Json());
                if (put.StatusCode == HttpStatusCode.Created)
                    taken.Add($"t{pusher}-{i}");
                else
                    Assert.Equal((HttpStatusCode.BadRequest, "MANIFEST_BLOB_UNKNOWN"), await ErrorOf(put));
            }

            return taken;
        }
    }

    [Fact]
    public async Task Idle_upload_is_removed_and_one_that_is_worked_at_stays()
    {
        await using RegistryFixture registry = await StartAsync(options => options with { Registry = options.Registry with { Limits = options.Registry.Limits with { UploadIdleTime = TimeSpan.FromMinutes(1) } } });
        using HttpResponseMessage idle = await registry.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/"), busy = await registry.SendAsync(HttpMethod.Post, "/v2/app/blobs/uploads/");
        foreach (string file in registry.Leftovers())
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-1));
        string id = busy.Headers.Location!.ToString().Split('/')[^1];
        using (File.OpenHandle(registry.Leftovers().Single(file => file.Contains(id, StringComparison.Ordinal)), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            // What a request that is at an upload looks like, also that of another process.
            Assert.Equal((HttpStatusCode.Conflict, "BLOB_UPLOAD_INVALID"), await ErrorOf(await registry.SendAsync(HttpMethod.Patch, busy.Headers.Location!.ToString(), Body([1]))));
            Assert.Equal(1, (await registry.Server.Registry.CollectGarbageAsync(Stop)).Uploads);
        }

        Assert.Equal((HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN"), await ErrorOf(await registry.GetAsync(idle.Headers.Location!.ToString())));
        using HttpResponseMessage status = await registry.GetAsync(busy.Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.NoContent, status.StatusCode);
    }

    /// <summary>Everything that a tag leads to is there and what it is called.</summary>
    internal static async Task AssertWholeAsync(RegistryFixture registry, string repository, string tag)
    {
        using HttpResponseMessage get = await registry.GetAsync($"/v2/{repository}/manifests/{tag}");
        Assert.Equal(HttpStatusCode.OK, get.StatusCode);
        byte[] content = await get.Content.ReadAsByteArrayAsync(Stop);
        Assert.Equal(get.Headers.GetValues("Docker-Content-Digest").Single(), Digest.Compute(content).ToString());
        ImageManifest manifest = ImageManifest.Parse(content);
        foreach (Descriptor blob in manifest.Layers.Append(manifest.Config))
        {
            using HttpResponseMessage response = await registry.GetAsync($"/v2/{repository}/blobs/{blob.Digest}");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(blob.Digest, Digest.Compute(await response.Content.ReadAsByteArrayAsync(Stop)));
        }
    }

    private static Func<OciRegistryServerOptions, OciRegistryServerOptions> Leases(TimeSpan lease)
        => options => options with { Registry = options.Registry with { Collection = new OciRegistryCollectionOptions { Interval = null, Lease = lease } } };
}
