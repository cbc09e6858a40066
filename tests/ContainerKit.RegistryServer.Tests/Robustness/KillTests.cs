using System.Diagnostics;
using System.Globalization;
using System.Net;
using ContainerKit.RegistryServer.Tests.Collection;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Robustness;

public sealed class KillTests
{
    /// <summary>How often the server is killed; the large form of the test by <c>CONTAINERKIT_STRESS_REGISTRY_KILLS=200</c>.</summary>
    private static int Kills => int.Parse(Environment.GetEnvironmentVariable("CONTAINERKIT_STRESS_REGISTRY_KILLS") ?? "3", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Registry_that_is_killed_within_pushes_has_no_tag_without_its_content_and_all_that_it_has_acknowledged(bool deletesAndCollects)
    {
        string directory = NewDirectory();
        try
        {
            var acknowledged = new AcknowledgedTags();
            var random = new Random(7);
            for (int kill = 0; kill < Kills; kill++)
            {
                (Process server, string address) = await StartServerAsync(Path.Combine(directory, "storage"), deletesAndCollects);
                using (server)
                using (var client = new HttpClient { BaseAddress = new Uri($"http://{address}"), Timeout = Patience })
                {
                    // Killed by the number of requests that were sent, not by the clock: at another place each time.
                    int left = random.Next(1, 60);
                    var pushes = new PushesUntilDeath(client, acknowledged, deletesAndCollects, () =>
                    {
                        if (Interlocked.Decrement(ref left) == 0)
                            server.Kill();
                    });
                    await Task.WhenAll(Enumerable.Range(0, 3).Select(pusher => pushes.RunAsync($"{kill}-{pusher}"))).WaitAsync(Patience, Stop);
                    await server.WaitForExitAsync(Stop);
                }
            }

            await using RegistryFixture registry = await StartAsync(directory);
            foreach ((string tag, string? digest) in acknowledged.Read())
            {
                using HttpResponseMessage head = await registry.SendAsync(HttpMethod.Head, $"/v2/app/manifests/{tag}");
                Assert.Equal(digest is null ? HttpStatusCode.NotFound : HttpStatusCode.OK, head.StatusCode);
                if (digest is not null)
                    Assert.Equal(digest, head.Headers.GetValues("Docker-Content-Digest").Single());
            }

            // Also those that were written and not acknowledged.
            string tags = Path.Combine(registry.Storage, "repositories/app/_tags");
            string[] all = Directory.Exists(tags) ? [.. Directory.GetFiles(tags).Select(path => Path.GetFileName(path))] : [];
            foreach (string tag in all)
                await CollectionTests.AssertWholeAsync(registry, "app", tag);

            // What was left half done is found and removed when it is old enough.
            foreach (string file in registry.Leftovers())
                File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-2));
            await registry.Server.Registry.CollectGarbageAsync(Stop);
            Assert.Empty(registry.Leftovers());
            foreach (string tag in all)
                await CollectionTests.AssertWholeAsync(registry, "app", tag);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{Kills} kills; tags: {acknowledged.Read().Count(each => each.Digest is not null)} acknowledged, {acknowledged.Read().Count(each => each.Digest is null)} deleted, {all.Length} there and whole");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<(Process Server, string Address)> StartServerAsync(string storage, bool collects)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };

        // Under dotnet the assembly is the first argument, under its own executable there is none.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(KillTests).Assembly.Location);
        start.Environment["CONTAINERKIT_REGISTRY_SERVE"] = storage;
        start.Environment["CONTAINERKIT_REGISTRY_COLLECT"] = collects ? "1" : "";
        Process server = Process.Start(start)!;
        string? line = await server.StandardOutput.ReadLineAsync(Stop).AsTask().WaitAsync(Patience, Stop);
        return (server, line!["listening at ".Length..]);
    }
}
