using Xunit;

namespace ContainerKit.Testing;

/// <summary>Copies the lines of a container into the output of a test, as they come.</summary>
internal sealed class LogForwarding : IAsyncDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly Task _copying;

    internal LogForwarding(Container container, ITestOutputHelper output) => _copying = CopyAsync(container, output, _over.Token);

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await _copying.ConfigureAwait(false);
        _over.Dispose();
    }

    private static async Task CopyAsync(Container container, ITestOutputHelper output, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (LogLine line in container.ReadLogsAsync(follow: true, tail: 0, cancellationToken: cancellationToken).ConfigureAwait(false))
                output.WriteLine($"[{container.Name}] {line.Text}");
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception e) when (e is InvalidOperationException or ContainerKitException)
        {
            // The test is over, or the container is gone.
        }
    }
}
