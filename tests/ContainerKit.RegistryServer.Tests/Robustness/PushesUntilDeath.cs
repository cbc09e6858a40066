using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ContainerKit.Oci;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Robustness;

/// <summary>Pushes one image after the other, and perhaps deletes some, until the registry is gone.</summary>
/// <param name="client">Its requests.</param>
/// <param name="acknowledged">What was promised.</param>
/// <param name="deletes">True: each third image is deleted again, by tag or by digest, and the registry may have collected blobs that no manifest needs yet.</param>
/// <param name="step">Called before each request.</param>
internal sealed class PushesUntilDeath(HttpClient client, AcknowledgedTags acknowledged, bool deletes, Action step)
{
    public async Task RunAsync(string name)
    {
        try
        {
            for (int i = 0; ; i++)
                await PushAsync($"{name}-{i}", i);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            // The server is dead.
        }
    }

    private async Task PushAsync(string name, int number)
    {
        List<Descriptor> blobs = [];
        foreach (byte[] content in (byte[][])[Encoding.UTF8.GetBytes(name), [.. Enumerable.Range(0, 200_000).Select(k => (byte)((k * 13) + number))]])
        {
            Descriptor blob = Descriptor.ForContent(MediaTypes.OciLayer, content);
            blobs.Add(blob);
            step();
            using HttpResponseMessage put = await client.PostAsync($"/v2/app/blobs/uploads/?digest={blob.Digest}", new ByteArrayContent(content), Stop);
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        }

        byte[] manifest = new ImageManifest { Config = blobs[0], Layers = [blobs[1]] }.ToUtf8Json();
        string digest = Digest.Compute(manifest).ToString(), tag = $"t{name}";
        step();
        using HttpResponseMessage tagged = await client.PutAsync($"/v2/app/manifests/{tag}", Body(manifest, MediaTypes.OciManifest), Stop);
        if (deletes && tagged.StatusCode == HttpStatusCode.BadRequest)
        {
            using JsonDocument error = JsonDocument.Parse(await tagged.Content.ReadAsStringAsync(Stop));
            Assert.Equal("MANIFEST_BLOB_UNKNOWN", error.RootElement.GetProperty("errors")[0].GetProperty("code").GetString());
            return;
        }

        Assert.Equal(HttpStatusCode.Created, tagged.StatusCode);
        acknowledged.Set(tag, digest);
        if (!deletes || number % 3 == 2)
            return;
        acknowledged.Forget(tag);
        step();
        using HttpResponseMessage deleted = await client.DeleteAsync($"/v2/app/manifests/{(number % 3 == 0 ? tag : digest)}", Stop);
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        acknowledged.Set(tag, null);
    }
}
