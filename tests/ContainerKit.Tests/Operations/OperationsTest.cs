using ContainerKit.Tests.Containers;
using Xunit;

namespace ContainerKit.Tests.Operations;

/// <summary>An engine whose clock is the test's, and its events.</summary>
public abstract class OperationsTest : EngineTest
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    internal ManualTime Time { get; } = new();

    private protected override TimeProvider? Clock => Time;

    /// <summary>Reads the engine's events from now on.</summary>
    private protected IAsyncEnumerator<ContainerKitEvent> Listen(FilterSet? filters = null, ContainerEngine? engine = null)
        => (engine ?? Engine).Events.ReadAsync(filters, cancellationToken: Token).GetAsyncEnumerator(Token);

    /// <summary>The next event is this one.</summary>
    private protected static async Task<ContainerKitEvent> ExpectAsync(IAsyncEnumerator<ContainerKitEvent> events, string action)
    {
        Assert.True(await Bounded(events.MoveNextAsync().AsTask()));
        Assert.Equal(action, events.Current.Action);
        return events.Current;
    }

    private protected static async Task ExpectAsync(IAsyncEnumerator<ContainerKitEvent> events, params string[] actions)
    {
        foreach (string action in actions)
            await ExpectAsync(events, action);
    }

    private protected static Task<T> Bounded<T>(Task<T> task) => task.WaitAsync(s_longest, Token);

    private protected static Task Bounded(Task task) => task.WaitAsync(s_longest, Token);
}
