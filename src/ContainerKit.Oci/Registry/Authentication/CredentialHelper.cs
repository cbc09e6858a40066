using System.ComponentModel;
using System.Text;
using System.Text.Json;

// Credential helpers are programs by definition, and this library runs where ContainerKit.Linux does not.
#pragma warning disable RS0030
using System.Diagnostics;

using ContainerKit.Oci.Registry;

namespace ContainerKit.Oci;

/// <summary>
/// A program <c>docker-credential-NAME</c>, which keeps logins in what the machine has for secrets, by the protocol that docker and podman speak with it:
/// a verb, JSON or the registry on its standard input, JSON on its standard output.
/// </summary>
/// <remarks>A program that does not answer within two minutes, which is enough for somebody who is asked for a password, is ended.</remarks>
public sealed class CredentialHelper
{
    /// <summary>The sentence of the helpers' common library: the protocol has no other way to say that there is nothing.</summary>
    private const string NotFound = "credentials not found";

    private const int MaxOutput = 1024 * 1024;

    // Some helpers ask the user to unlock a key store.
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private readonly string _program;

    /// <summary>The helper of a name, as it is in <c>credsStore</c> and <c>credHelpers</c> of docker's config.json. It is looked for in <c>PATH</c> when it is used.</summary>
    /// <param name="name">Letters, digits and <c>-_.</c>, as in <c>pass</c>, <c>secretservice</c>.</param>
    /// <exception cref="RegistryException">It is no such name.</exception>
    public CredentialHelper(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            throw new RegistryException($"\"{name}\" is no name of a credential helper.");
        }

        Name = name;
        _program = "docker-credential-" + name;
    }

    /// <summary>The name, without <c>docker-credential-</c>.</summary>
    public string Name { get; }

    /// <summary>What is kept for a registry.</summary>
    /// <param name="server">The registry, as it was stored: mostly its name, and <c>https://index.docker.io/v1/</c> for Docker Hub.</param>
    /// <param name="cancellationToken">Stops, and ends the program.</param>
    /// <returns>Null: nothing.</returns>
    /// <exception cref="RegistryException">The helper is missing, fails, or prints something else.</exception>
    public async Task<StoredCredential?> GetAsync(string server, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(server);
        (int exitCode, string output) = await RunAsync("get", server, cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            return output.Contains(NotFound, StringComparison.Ordinal) ? null : throw Failed("find", server, exitCode);
        }

        HelperDocument? document = Read(output, RegistryJsonContext.Default.HelperDocument);
        return document is { Secret.Length: > 0, Username.Length: > 0 } ? new StoredCredential(document.Username, document.Secret) : null;
    }

    /// <summary>Keeps a login, in the place of one that there may be.</summary>
    /// <param name="server">The registry.</param>
    /// <param name="credential">The login.</param>
    /// <param name="cancellationToken">Stops, and ends the program.</param>
    /// <exception cref="RegistryException">The helper is missing or fails.</exception>
    public async Task StoreAsync(string server, StoredCredential credential, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(server);
        ArgumentNullException.ThrowIfNull(credential);
        string input = JsonSerializer.Serialize(new HelperDocument(credential.UserName, credential.Secret) { ServerUrl = server }, RegistryJsonContext.Default.HelperDocument);
        (int exitCode, _) = await RunAsync("store", input, cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            throw Failed("keep", server, exitCode);
        }
    }

    /// <summary>Forgets a login.</summary>
    /// <param name="server">The registry.</param>
    /// <param name="cancellationToken">Stops, and ends the program.</param>
    /// <returns>False: the helper says that there was none. Many don't say.</returns>
    /// <exception cref="RegistryException">The helper is missing or fails.</exception>
    public async Task<bool> EraseAsync(string server, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(server);
        (int exitCode, string output) = await RunAsync("erase", server, cancellationToken).ConfigureAwait(false);
        return exitCode == 0 || (output.Contains(NotFound, StringComparison.Ordinal) ? false : throw Failed("remove", server, exitCode));
    }

    /// <summary>All that is kept: registries and the names of users.</summary>
    /// <param name="cancellationToken">Stops, and ends the program.</param>
    /// <exception cref="RegistryException">The helper is missing, fails, or prints something else.</exception>
    public async Task<IReadOnlyDictionary<string, string>> ListAsync(CancellationToken cancellationToken = default)
    {
        (int exitCode, string output) = await RunAsync("list", "", cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            throw new RegistryException($"{_program} could not list logins; it ended with exit code {exitCode}.");
        }

        return string.IsNullOrWhiteSpace(output) ? [] : Read(output, RegistryJsonContext.Default.DictionaryStringString) ?? [];
    }

    private RegistryException Failed(string verb, string server, int exitCode)
        => new($"{_program} could not {verb} the login for {server}; it ended with exit code {exitCode}.");

    private T? Read<T>(string output, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(output, type);
        }
        catch (JsonException)
        {
            // Without the cause: it may quote the secret.
            throw new RegistryException($"{_program} did not print credentials.");
        }
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string verb, string input, CancellationToken cancellationToken)
    {
        using Process process = Start(verb);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Timeout);
        try
        {
            Task<string> output = ReadAsync(process.StandardOutput, limit.Token);
            Task<string> errors = ReadAsync(process.StandardError, limit.Token);
            await WriteAsync(process.StandardInput, input, limit.Token).ConfigureAwait(false);
            await Task.WhenAll(output, errors).ConfigureAwait(false);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return (process.ExitCode, await output.ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RegistryException($"{_program} did not answer within {Timeout.TotalMinutes} minutes.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private Process Start(string verb)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(_program, [verb])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
                CreateNoWindow = true,
            })!;
        }
        catch (Win32Exception e)
        {
            throw new RegistryException($"The credential helper {_program} can't be started. Install it, or remove it from the file of credentials.", inner: e);
        }
    }

    private static async Task WriteAsync(StreamWriter input, string text, CancellationToken cancellationToken)
    {
        try
        {
            await input.WriteAsync(text.AsMemory(), cancellationToken).ConfigureAwait(false);
            input.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its exit code says why.
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        char[] buffer = new char[4096];
        while (await reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            // What is beyond is read, since the program must not block, and thrown away.
            text.Append(buffer, 0, Math.Min(read, MaxOutput - text.Length));
        }

        return text.ToString();
    }
}
