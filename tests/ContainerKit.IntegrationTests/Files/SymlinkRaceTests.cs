using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Files;

/// <summary>A container that swaps links under the hands of whoever copies (CVE-2018-15664): nothing of the host is read or written.</summary>
public sealed class SymlinkRaceTests(BusyboxFixture busybox) : IClassFixture<BusyboxFixture>
{
    private const int Rounds = 100;
    private const string Secret = "of the host";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_link_that_comes_and_goes_never_leads_to_the_host()
    {
        BusyboxFixture.RequireBusybox();
        string host = Directory.CreateDirectory(Path.Combine(busybox.Directory, "victim")).FullName;
        File.WriteAllText(Path.Combine(host, "secret"), Secret);
        string source = Path.Combine(Directory.CreateDirectory(Path.Combine(busybox.Directory, "source")).FullName, "planted");
        File.WriteAllText(source, "planted");
        string script = $"""
            busybox mkdir /swap
            while :; do
              busybox ln -s {host} /swap/x; busybox rm /swap/x
              busybox ln -s ../../../../../../../..{host} /swap/x; busybox rm /swap/x
              busybox ln -s /proc/self/root{host} /swap/x; busybox rm /swap/x
              busybox mkdir /swap/x; echo inside > /swap/x/secret; busybox rm -r /swap/x
            done
            """;
        await using Container container = await busybox.Engine.Containers.StartAsync(busybox.Script(script), Token);
        string target = Directory.CreateDirectory(Path.Combine(busybox.Directory, "target")).FullName;
        for (int round = 0; round < Rounds; round++)
        {
            await TryAsync(() => container.CopyToAsync(source, "/swap/x", cancellationToken: Token));
            await TryAsync(() => container.CopyToAsync(source, "/swap/x/", cancellationToken: Token));
            await TryAsync(() => container.CopyToAsync(source, "/swap/x/secret", cancellationToken: Token));
            await TryAsync(() => container.CopyFromAsync("/swap/x/secret", Path.Combine(target, "file"), cancellationToken: Token));
            await TryAsync(() => container.CopyFromAsync("/swap/x/.", target, cancellationToken: Token));
            await TryAsync(() => container.CopyFromAsync("/swap", target, cancellationToken: Token));
            await TryAsync(() => container.GetPathInfoAsync("/swap/x/secret", Token));
        }

        Assert.Equal(["secret"], Directory.GetFileSystemEntries(host).Select(Path.GetFileName));
        Assert.Equal(Secret, File.ReadAllText(Path.Combine(host, "secret")));
        Assert.All(
            Directory.GetFiles(target, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }),
            file => Assert.NotEqual(Secret, File.ReadAllText(file)));
        Assert.Equal(ContainerStatus.Running, (await container.InspectAsync(Token)).Status);
    }

    /// <summary>What the container does makes some attempts fail, each with an answer.</summary>
    private static async Task TryAsync(Func<Task> attempt)
    {
        try
        {
            await attempt();
        }
        catch (Exception e) when (e is ContainerKitException or IOException)
        {
            // The link or directory was just going.
        }
    }
}
