using System.Globalization;
using System.Text.Json.Nodes;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.Terminals;

namespace ContainerKit.Cli.Containers;

/// <summary>This process in the place of a container's terminal, until it ends or is let go of.</summary>
internal sealed class ContainerAttach : IAsyncDisposable
{
    private readonly DockerClient _client;
    private readonly string _id;
    private readonly AttachRequest _request;
    private readonly CommandConsole _console;
    private readonly HijackedConnection? _connection;
    private readonly HttpResponseMessage _wait;

    private ContainerAttach(DockerClient client, string id, AttachRequest request, CommandConsole console, HijackedConnection? connection, HttpResponseMessage wait)
    {
        _client = client;
        _id = id;
        _request = request;
        _console = console;
        _connection = connection;
        _wait = wait;
    }

    /// <summary>Connects to a container; what it writes from then on arrives. Start it afterwards.</summary>
    /// <param name="waitCondition">What the exit code is waited for by: next-exit, removed, or not-running for one that runs.</param>
    public static async Task<ContainerAttach> OpenAsync(DockerClient client, string id, AttachRequest request, string waitCondition, CommandConsole console, CancellationToken cancellationToken)
    {
        string keys = request.DetachKeys is null ? "" : $"&detachKeys={Uri.EscapeDataString(request.DetachKeys)}";
        HijackedConnection? connection = request is { Input: false, Output: false, Error: false } ? null
            : await client.HijackAsync($"/containers/{id}/attach?stream=1{Flag("stdin", request.Input)}{Flag("stdout", request.Output)}{Flag("stderr", request.Error)}{keys}", null, cancellationToken).ConfigureAwait(false);
        HttpResponseMessage wait = await client.SendAsync(HttpMethod.Post, $"/containers/{id}/wait?condition={waitCondition}", null, null, cancellationToken).ConfigureAwait(false);
        return new ContainerAttach(client, id, request, console, connection, wait);

        static string Flag(string name, bool isSet) => isSet ? $"&{name}=1" : "";
    }

    /// <summary>Passes everything on, and returns the container's exit code.</summary>
    /// <param name="detachedExitCode">The exit code when it is let go of.</param>
    /// <param name="cancellationToken">Lets go of it.</param>
    public async Task<int> RunAsync(int detachedExitCode, CancellationToken cancellationToken)
    {
        bool detached = false;
        using (new ForegroundTerminal(_console.Signals, raw: _request is { Terminal: true, Input: true }, _request.Terminal ? ResizeAsync : null, _request.ForwardsSignals ? KillAsync : null))
        {
            if (_connection is not null)
            {
                var streams = new ForegroundStreams(_console, _connection, _request.Terminal, _request.DetachKeys);
                if (!_request.Input && !_request.Terminal)
                    await _connection.CloseInputAsync().ConfigureAwait(false);
                detached = await streams.RunAsync(_request.Input, cancellationToken).ConfigureAwait(false);
            }

            if (!detached)
                return await ReadExitCodeAsync(cancellationToken).ConfigureAwait(false);
        }

        await _console.Error.WriteLineAsync("read escape sequence").ConfigureAwait(false);
        return detachedExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        _wait.Dispose();
        if (_connection is not null)
            await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<int> ReadExitCodeAsync(CancellationToken cancellationToken)
    {
        JsonNode? answer = JsonNode.Parse(await _wait.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
        if (answer?["Error"].Text("Message") is { Length: > 0 } message)
        {
            await _console.Error.WriteLineAsync($"ckit: {message}").ConfigureAwait(false);
            return ExitCodes.EngineFailed;
        }

        return (int)answer.Number("StatusCode");
    }

    private Task<JsonNode?> ResizeAsync(TerminalSize size) => _client.PostAsync(string.Create(CultureInfo.InvariantCulture, $"/containers/{_id}/resize?h={size.Rows}&w={size.Columns}"), null, CancellationToken.None);

    private Task<JsonNode?> KillAsync(string signal) => _client.PostAsync($"/containers/{_id}/kill?signal={signal}", null, CancellationToken.None);
}
