using System.ComponentModel;
using System.Text.Json.Nodes;

// Credential helpers are programs of this machine by definition; they are no containers.
#pragma warning disable RS0030
using System.Diagnostics;

namespace ContainerKit.Cli.Registries;

/// <summary>A program <c>docker-credential-NAME</c>, which keeps logins in what the machine has for secrets.</summary>
internal sealed class CredentialProgram(string name)
{
    private const string TokenUser = "<token>";

    /// <summary>Long enough for somebody who is asked for a password.</summary>
    private static readonly TimeSpan s_timeLimit = TimeSpan.FromMinutes(2);

    public async Task StoreAsync(string server, RegistryLogin login, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["ServerURL"] = server,
            ["Username"] = login.IdentityToken is null ? login.UserName : TokenUser,
            ["Secret"] = login.IdentityToken ?? login.Password,
        };
        (int code, string output) = await RunAsync("store", body.ToJsonString(), cancellationToken).ConfigureAwait(false);
        if (code != 0)
            throw new IOException($"docker-credential-{name} could not keep the login: {output.Trim()}");
    }

    /// <summary>Null: it has none.</summary>
    public async Task<RegistryLogin?> FindAsync(string server, CancellationToken cancellationToken)
    {
        (int code, string output) = await RunAsync("get", server, cancellationToken).ConfigureAwait(false);
        if (code != 0)
            return null;
        JsonNode? found = JsonNode.Parse(output);
        string user = (string?)found?["Username"] ?? "";
        string secret = (string?)found?["Secret"] ?? "";
        return user == TokenUser ? new RegistryLogin("", "", secret) : new RegistryLogin(user, secret, null);
    }

    public async Task EraseAsync(string server, CancellationToken cancellationToken)
    {
        (int code, string output) = await RunAsync("erase", server, cancellationToken).ConfigureAwait(false);
        if (code != 0)
            throw new IOException($"docker-credential-{name} could not remove the login: {output.Trim()}");
    }

    private async Task<(int Code, string Output)> RunAsync(string verb, string input, CancellationToken cancellationToken)
    {
        if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            throw new FormatException($"\"{name}\" is no name of a credential helper.");
        Process started;
        try
        {
            started = Process.Start(new ProcessStartInfo($"docker-credential-{name}", [verb]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        }
        catch (Win32Exception e)
        {
            throw new IOException($"The credential helper docker-credential-{name} can't be started. Install it, or remove it from the configuration of docker.", e);
        }

        using Process process = started;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_timeLimit);
        try
        {
            await WriteAsync(process.StandardInput, input, limit.Token).ConfigureAwait(false);
            string output = await process.StandardOutput.ReadToEndAsync(limit.Token).ConfigureAwait(false);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return (process.ExitCode, output);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"docker-credential-{name} did not answer within {s_timeLimit.TotalMinutes} minutes.");
        }
        finally
        {
            // Whoever gives up leaves no program behind that waits for an answer.
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static async Task WriteAsync(StreamWriter writer, string text, CancellationToken cancellationToken)
    {
        try
        {
            await writer.WriteAsync(text.AsMemory(), cancellationToken).ConfigureAwait(false);
            writer.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its exit code says why.
        }
    }
}
