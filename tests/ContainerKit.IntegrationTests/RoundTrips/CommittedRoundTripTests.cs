using ContainerKit.IntegrationTests.Programs;
using ContainerKit.IntegrationTests.Registries;
using Xunit;

namespace ContainerKit.IntegrationTests.RoundTrips;

/// <summary>What a container has written is committed, pushed, copied by skopeo and pulled again, for every user that has containers.</summary>
public sealed class CommittedRoundTripTests(BusyboxFixture busybox) : RegistryBed, IClassFixture<BusyboxFixture>
{
    private const string Write = """
        cd /; mkdir -p made/below && cd made
        echo text > file; chmod 4751 file; touch -d '2001-02-03 04:05:06' file
        dd if=/dev/zero of=hole bs=1 count=1 seek=5000000 2>/dev/null; chmod 600 hole
        ln file hard; ln -s ../etc/passwd soft; busybox mkfifo pipe; echo deep > 'below/a name'; chmod 1777 below
        [ "$0" != users ] || busybox chown 1001:2000 below
        """;

    private const string Describe = """
        cd /made; busybox find . | busybox sort | while read -r name; do
          stat -c '%n %f %u %g %h %Y' "$name"; [ -L "$name" ] && busybox readlink "$name"; [ -f "$name" ] && busybox sha256sum < "$name"
        done; true
        """;

    [Theory]
    [InlineData("oci")]
    [InlineData("v2s2")]
    public async Task A_committed_image_is_the_same_after_others_had_it(string format)
    {
        DockerRegistry registry = Own(await DockerRegistry.StartAsync(cancellationToken: Token));
        string name = $"{registry.Name}/team/made:1";
        await using Container writer = await busybox.Engine.Containers.StartAsync(busybox.Spec("sh", "-c", Write, busybox.MapsUsers ? "users" : "root"), Token);
        ExitStatus exit = await writer.WaitAsync(Token);
        Assert.True(exit.ExitCode == 0, string.Join('\n', (await writer.ReadLogsAsync(cancellationToken: Token).ToListAsync(Token)).Select(line => line.Text)));
        await writer.CommitAsync(name, cancellationToken: Token);
        string expected = await DescribeMadeAsync(busybox.Engine, name);
        Assert.Contains("a name", expected, StringComparison.Ordinal);

        await busybox.Engine.Images.PushAsync(name, cancellationToken: Token);
        string back = $"{registry.Name}/team/back:1";
        string copy = Path.Combine(Scratch, "copy");
        await SkopeoAsync("copy", "--src-tls-verify=false", $"docker://{name}", $"oci:{copy}:made");
        await SkopeoAsync("copy", "--dest-tls-verify=false", "--format", format, $"oci:{copy}:made", $"docker://{back}");

        ContainerEngine other = await OpenEngineAsync();
        await other.Images.PullAsync(back, cancellationToken: Token);
        Assert.Equal(expected, await DescribeMadeAsync(other, back));
    }

    private async Task<string> DescribeMadeAsync(ContainerEngine engine, string image)
    {
        ExecResult result = await engine.Containers.RunAsync(ContainerSpec.FromImage(image).WithCommand("sh", "-c", Describe), cancellationToken: Token);
        Assert.Equal((0, ""), (result.ExitCode, result.StandardError));
        return result.StandardOutput;
    }
}
