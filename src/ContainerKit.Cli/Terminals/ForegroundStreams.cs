using System.Buffers.Binary;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Session;
using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.Streams;

namespace ContainerKit.Cli.Terminals;

/// <summary>This process's input and output, connected to those of a container or of a command in it.</summary>
internal sealed class ForegroundStreams
{
    private readonly CommandConsole _console;
    private readonly HijackedConnection _connection;
    private readonly bool _terminal;
    private readonly DetachKeys? _keys;
    private volatile bool _isDetached;

    /// <param name="console">This process's streams.</param>
    /// <param name="connection">The other end's; closed by the caller.</param>
    /// <param name="terminal">True: there is a terminal at the other end, its output has no frames.</param>
    /// <param name="detachKeys">The keys that let go of it; empty: ctrl-p ctrl-q.</param>
    /// <exception cref="FormatException">There are no such keys.</exception>
    public ForegroundStreams(CommandConsole console, HijackedConnection connection, bool terminal, string? detachKeys)
    {
        _console = console;
        _connection = connection;
        _terminal = terminal;
        _keys = terminal ? ParseKeys(detachKeys) : null;
    }

    public static DetachKeys ParseKeys(string? text)
    {
        try
        {
            return DetachKeys.Parse(text);
        }
        catch (ApiException e)
        {
            throw new FormatException(e.Message, e);
        }
    }

    /// <summary>Copies until the output's end.</summary>
    /// <param name="input">True: this process's input is passed on.</param>
    /// <param name="cancellationToken">Lets go of it.</param>
    /// <returns>True: the detach keys were pressed.</returns>
    public async Task<bool> RunAsync(bool input, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // Reading the input can't be called off: it ends with the process.
        if (input)
            _ = CopyInputAsync(stop.Token).ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        Stream output = _console.OpenOutput();
        Stream error = _console.OpenError();
        await using (output.ConfigureAwait(false))
        await using (error.ConfigureAwait(false))
        {
            if (_terminal)
                await CopyAsync(_connection.Stream, output, cancellationToken).ConfigureAwait(false);
            else
                await SplitAsync(_connection.Stream, output, error, cancellationToken).ConfigureAwait(false);
        }

        await stop.CancelAsync().ConfigureAwait(false);
        return _isDetached;
    }

    /// <summary>Takes docker's frames apart: the number of the stream, three zeros, the length in big-endian, and then the bytes.</summary>
    public static async Task SplitAsync(Stream source, Stream output, Stream error, CancellationToken cancellationToken)
    {
        byte[] header = new byte[StreamFrame.HeaderSize];
        byte[] buffer = new byte[16 * 1024];
        while (await source.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) == header.Length)
        {
            Stream target = header[0] switch
            {
                0 or 1 => output,
                2 or 3 => error,
                _ => throw new IOException($"Unrecognized stream: {header[0]}"),
            };
            for (long rest = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4)); rest > 0;)
            {
                int count = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(rest, buffer.Length)), cancellationToken).ConfigureAwait(false);
                if (count == 0)
                    return;
                await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                rest -= count;
            }

            await target.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task CopyAsync(Stream source, Stream output, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[16 * 1024];
        while (await ReadAsync(source, buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
        {
            await output.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<int> ReadAsync(Stream source, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // A terminal at the other end was hung up.
            return 0;
        }
    }

    private async Task CopyInputAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[4096];
        List<byte> passed = [];
        Stream own = _console.OpenInput();
        await using (own.ConfigureAwait(false))
        {
            while (await own.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
            {
                // The engine gets the keys as well, and ends the connection by them: closing it here would be the end of the container's input.
                passed.Clear();
                if (_keys is not null && _keys.Filter(buffer.AsSpan(0, count), passed))
                    _isDetached = true;
                await _connection.Stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                await _connection.Stream.FlushAsync(cancellationToken).ConfigureAwait(false);
                if (_isDetached)
                    return;
            }
        }

        if (!_terminal || !ForegroundTerminal.HasInputTerminal)
            await _connection.CloseInputAsync().ConfigureAwait(false);
    }
}
