using System.IO.Pipelines;
using System.Text;
using Xunit;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>A user at a terminal: types, and waits for what is to appear.</summary>
internal sealed class TerminalDialogue(PipeWriter keyboard, PipeReader screen)
{
    // A guard against a hang, not a measurement.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StringBuilder _all = new();
    private int _seen;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    internal async Task TypeAsync(string keys) => await keyboard.WriteAsync(Encoding.UTF8.GetBytes(keys), Token);

    /// <summary>Reads until a text appears after what was expected before.</summary>
    internal async Task ExpectAsync(string text)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(Token);
        guard.CancelAfter(Patience);
        while (true)
        {
            int at = _all.ToString().IndexOf(text, _seen, StringComparison.Ordinal);
            if (at >= 0)
            {
                _seen = at + text.Length;
                return;
            }

            if (!await ReadAsync(guard.Token))
            {
                Assert.Fail($"The terminal ended before '{text}' appeared:\n{_all}");
            }
        }
    }

    internal async Task TypeAndExpectAsync(string keys, string text)
    {
        await TypeAsync(keys);
        await ExpectAsync(text);
    }

    internal async Task ReadToEndAsync()
    {
        while (await ReadAsync(Token))
        {
        }
    }

    private async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        ReadResult result;
        try
        {
            result = await screen.ReadAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (!Token.IsCancellationRequested)
        {
            Assert.Fail($"Waited in vain; the screen after what was seen:\n{_all.ToString()[_seen..]}\nbefore:\n{_all.ToString()[.._seen]}");
            throw;
        }

        _all.Append(Encoding.UTF8.GetString(result.Buffer));
        screen.AdvanceTo(result.Buffer.End);
        return !result.IsCompleted;
    }
}
