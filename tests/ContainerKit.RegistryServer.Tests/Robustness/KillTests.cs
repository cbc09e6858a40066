using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using ContainerKit.Oci;
using ContainerKit.RegistryServer.Tests.Collection;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Robustness;

public sealed class KillTests
{
    /// <summary>How often the server is killed; the large form of the test by <c>CONTAINERKIT_STRESS_REGISTRY_KILLS=200</c>.</summary>
    private static int Kills => int.Parse(Environment.GetEnvironmentVariable("CONTAINERKIT_STRESS_REGISTRY_KILLS") ?? "3", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Registry_that_is_killed_within_pushes_has_no_tag_without_its_content_and_all_that_it_has_acknowledged()
    {
        string directory = NewDirectory();
        try
        {
            var acknowledged = new Dictionary<string, string>(StringComparer.Ordinal);
            var random = new Random(7);
            for (int kill = 0; kill < Kills; kill++)
            {
                (Process server, string address) = await StartServerAsync(Path.Combine(directory, "storage"));
                using (server)
                using (var client = new HttpClient { BaseAddress = new Uri($"http://{address}"), Timeout = Patience })
                {
                    // Killed by the number of bytes that were sent, not by the clock: at another place each time.
                    int left = random.Next(1, 60);
                    Task[] pushers = [.. Enumerable.Range(0, 3).Select(pusher => PushUntilDeadAsync(client, $"{kill}-{pusher}", acknowledged, () =>
                    {
                        if (Interlocked.Decrement(ref left) == 0)
                            server.Kill();
                    }))];
                    await Task.WhenAll(pushers).WaitAsync(Patience, Stop);
                    await server.WaitForExitAsync(Stop);
                }
            }

            await using RegistryFixture registry = await StartAsync(directory);
            foreach ((string tag, string digest) in acknowledged)
            {
                using HttpResponseMessage head = await registry.SendAsync(HttpMethod.Head, $"/v2/app/manifests/{tag}");
                Assert.Equal(HttpStatusCode.OK, head.StatusCode);
                Assert.Equal(digest, head.Headers.GetValues("Docker-Content-Digest").Single());
            }

            // Also those that were written and not acknowledged.
            string tags = Path.Combine(registry.Storage, "repositories/app/_tags");
            foreach (string tag in Directory.Exists(tags) ? Directory.GetFiles(tags).Select(path => Path.GetFileName(path)) : [])
                await CollectionTests.AssertWholeAsync(registry, "app", tag);
            TestContext.Current.SendDiagnosticMessage($"{Kills} kills, {acknowledged.Count} tags acknowledged");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task PushUntilDeadAsync(HttpClient client, string name, Dictionary<string, string> acknowledged, Action step)
    {
        try
        {
            for (int i = 0; ; i++)
            {
                List<Descriptor> blobs = [];
                foreach (byte[] content in (byte[][])[Encoding.UTF8.GetBytes($"{name}-{i}"), [.. Enumerable.Range(0, 200_000).Select(k => (byte)((k * 13) + i))]])
                {
                    Descriptor blob = Descriptor.ForContent(MediaTypes.OciLayer, content);
                    blobs.Add(blob);
                    step();
                    using HttpResponseMessage put = await client.PostAsync($"/v2/app/blobs/uploads/?digest={blob.Digest}", new ByteArrayContent(content), Stop);
                    Assert.Equal(HttpStatusCode.Created, put.StatusCode);
                }

                byte[] manifest = new ImageManifest { Config = blobs[0], Layers = [blobs[1]] }.ToUtf8Json();
                step();
                using HttpResponseMessage tagged = await client.PutAsync($"/v2/app/manifests/t{name}-{i}", Body(manifest, MediaTypes.OciManifest), Stop);
                Assert.Equal(HttpStatusCode.Created, tagged.StatusCode);
                lock (acknowledged)
                    acknowledged[$"t{name}-{i}"] = Digest.Compute(manifest).ToString();
            }
        }
        catch (HttpRequestException)
        {
            // The server is dead.
        }
    }

    private static async Task<(Process Server, string Address)> StartServerAsync(string storage)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };

        // Under dotnet the assembly is the first argument, under its own executable there is none.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(KillTests).Assembly.Location);
        start.Environment["CONTAINERKIT_REGISTRY_SERVE"] = storage;
        Process server = Process.Start(start)!;
        string? line = await server.StandardOutput.ReadLineAsync(Stop).AsTask().WaitAsync(Patience, Stop);
        return (server, line!["listening at ".Length..]);
    }
}
