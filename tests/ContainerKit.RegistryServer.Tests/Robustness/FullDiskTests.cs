using System.Diagnostics;
using System.Net;
using ContainerKit.Oci;
using ContainerKit.RegistryServer.Tests.Collection;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Robustness;

public sealed class FullDiskTests
{
    [Fact]
    public async Task Full_disk_is_a_clear_error_and_loses_nothing()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("missing capability: CAP_SYS_ADMIN, to mount a small file system");
        string directory = NewDirectory();
        if (await RunAsync("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", directory) != 0)
        {
            Directory.Delete(directory);
            Assert.Skip("missing capability: mounting a tmpfs");
        }

        try
        {
            await using RegistryFixture registry = await StartAsync(directory);
            await registry.PushImageAsync("app", "v1");
            byte[] large = new byte[5 << 20];
            Random.Shared.NextBytes(large);
            Assert.Equal(
                ((HttpStatusCode)507, "INSUFFICIENT_STORAGE"),
                await ErrorOf(await registry.SendAsync(HttpMethod.Post, $"/v2/app/blobs/uploads/?digest={Digest.Compute(large)}", Body(large))));
            Assert.Empty(registry.Leftovers());
            await CollectionTests.AssertWholeAsync(registry, "app", "v1");

            // There is place for what fits.
            await registry.PushImageAsync("app", "v2", "another layer");
            await CollectionTests.AssertWholeAsync(registry, "app", "v2");
        }
        finally
        {
            await RunAsync("umount", "-l", directory);
            Directory.Delete(directory);
        }
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync(CancellationToken.None).WaitAsync(Patience);
        return process.ExitCode;
    }
}
