using ContainerKit.IntegrationTests.Programs;
using ContainerKit.Testing;
using Xunit;

namespace ContainerKit.Compose.Tests.Running;

/// <summary>Images that come from a registry.</summary>
public sealed class PullTests(BusyboxFixture busybox) : IClassFixture<BusyboxFixture>
{
    [Fact]
    public async Task Images_are_pulled_when_they_are_missing_and_anew_on_demand()
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(TimeSpan.FromMinutes(3));
        CancellationToken token = bound.Token;
        BusyboxFixture.RequireBusybox();
        await using TestRegistry registry = await TestRegistry.StartAsync(cancellationToken: token);
        await PublishAsync(registry, "one", token);
        ComposeProject project = await busybox.Engine.Compose.ParseAsync(
            $"services:\n  web:\n    image: {registry.GetReference("app:1")}\n    command: sleep 1000\n    init: true\n    network_mode: none\n",
            new ComposeOptions { ProjectName = $"l{Environment.ProcessId}", ProjectDirectory = busybox.Directory },
            token);
        var options = new ComposeUpOptions { StopTimeout = TimeSpan.Zero };

        await project.UpAsync(options, token);
        Assert.Equal("one\n", (await project.ExecAsync("web", ["sh", "-c", "echo $NUMBER"], token)).StandardOutput);

        // The registry has another image of this name: that changes nothing until somebody asks for it.
        await PublishAsync(registry, "two", token);
        await project.UpAsync(options, token);
        Assert.Equal("one\n", (await project.ExecAsync("web", ["sh", "-c", "echo $NUMBER"], token)).StandardOutput);
        await project.PullAsync(cancellationToken: token);
        await project.UpAsync(options, token);
        Assert.Equal("two\n", (await project.ExecAsync("web", ["sh", "-c", "echo $NUMBER"], token)).StandardOutput);

        await project.DownAsync(new ComposeDownOptions { StopTimeout = TimeSpan.Zero, Images = ComposeImageRemoval.All }, token);
        Assert.Null(await busybox.Engine.Images.FindAsync(registry.GetReference("app:1"), token));
    }

    private async Task PublishAsync(TestRegistry registry, string number, CancellationToken token)
    {
        string name = $"app:{number}";
        await busybox.Engine.Images.BuildAsync(BuildSpec.FromDockerfile($"FROM {BusyboxFixture.Name}\nENV NUMBER={number}\n").WithTag(name), cancellationToken: token);
        await registry.PushAsync(busybox.Engine, name, "app:1", token);
        await busybox.Engine.Images.RemoveAsync(name, force: true, cancellationToken: token);
    }
}
