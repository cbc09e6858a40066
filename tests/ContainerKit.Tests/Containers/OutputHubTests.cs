using System.Buffers;
using ContainerKit.Containers.Streams;
using Xunit;

namespace ContainerKit.Tests.Containers;

public class OutputHubTests
{
    private static readonly ReadOnlySequence<byte> Data = new([1, 2, 3]);

    [Fact]
    public async Task A_listener_that_is_slow_does_not_keep_output_from_the_others()
    {
        var hub = new OutputHub();
        var slow = new Listener();
        var fast = new Listener();
        fast.Release.SetResult();
        await hub.AddAsync(slow);
        await hub.AddAsync(fast);

        Task publishing = hub.PublishAsync(LogStream.StandardOutput, Data).AsTask();

        Assert.Equal((3, 3), (slow.Received, fast.Received));
        Assert.False(publishing.IsCompleted);
        slow.Release.SetResult();
        await publishing.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Slow_listeners_are_waited_for_together()
    {
        var hub = new OutputHub();
        Listener[] slow = [new(), new(), new()];
        foreach (Listener listener in slow)
        {
            await hub.AddAsync(listener);
        }

        Task publishing = hub.PublishAsync(LogStream.StandardError, Data).AsTask();

        Assert.All(slow, listener => Assert.Equal(3, listener.Received));
        Array.ForEach(slow, listener => listener.Release.SetResult());
        await publishing.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    private sealed class Listener : IOutputListener
    {
        public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Received { get; private set; }

        public async ValueTask WriteAsync(LogStream stream, ReadOnlySequence<byte> data)
        {
            Received += data.Length;
            await Release.Task;
        }

        public ValueTask CompleteAsync(LogStream stream) => default;
    }
}
