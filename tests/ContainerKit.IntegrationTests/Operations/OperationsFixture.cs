using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Operations;

/// <summary>Busybox, and what many operations need.</summary>
public sealed class OperationsFixture : IAsyncLifetime
{
    /// <summary>Far more than anything here takes; a wait that is longer hangs.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(2);

    public BusyboxFixture Busybox { get; } = new();

    public ContainerCollection Containers => Busybox.Engine.Containers;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => Busybox.InitializeAsync();

    public ValueTask DisposeAsync() => Busybox.DisposeAsync();

    /// <summary>A token that ends a wait that hangs.</summary>
    internal static CancellationToken Bounded()
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        source.CancelAfter(s_longest);
        return source.Token;
    }

    /// <summary>Starts a container; skips where that needs a cgroup that this user does not have.</summary>
    internal async Task<Container> StartAsync(ContainerSpec spec)
    {
        try
        {
            return await Containers.StartAsync(spec, Bounded());
        }
        catch (UnsupportedException e) when (Busybox.Engine.IsRootless)
        {
            throw SkipWithoutCgroup(e);
        }
    }

    internal async Task RequireCgroupAsync(Task operation)
    {
        try
        {
            await operation;
        }
        catch (UnsupportedException e) when (Busybox.Engine.IsRootless)
        {
            throw SkipWithoutCgroup(e);
        }
    }

    /// <summary>Waits for a line of the container's output.</summary>
    internal static async Task ReadUntilAsync(Container container, string line)
    {
        await foreach (LogLine each in container.ReadLogsAsync(follow: true, cancellationToken: Bounded()))
        {
            if (each.Text == line)
                return;
        }

        Assert.Fail($"The container ended without writing '{line}'.");
    }

    private static InvalidOperationException SkipWithoutCgroup(UnsupportedException reason)
    {
        // The message has to say what is missing and how to get it.
        Assert.Contains("cgroup", reason.Message, StringComparison.Ordinal);
        Assert.Skip("missing capability: a delegated cgroup: " + reason.Message);
        return new InvalidOperationException();
    }
}
