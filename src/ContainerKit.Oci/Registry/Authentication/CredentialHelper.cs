using System.ComponentModel;
using System.Text;
using System.Text.Json;

// Credential helpers are programs by definition, and this library runs where ContainerKit.Linux does not.
#pragma warning disable RS0030
using System.Diagnostics;

namespace ContainerKit.Oci.Registry.Authentication;

/// <summary>Asks a program <c>docker-credential-&lt;name&gt;</c> for credentials: the registry on its standard input, JSON on its standard output.</summary>
internal static class CredentialHelper
{
    /// <summary>The user name by which helpers mark an identity token.</summary>
    private const string TokenUser = "<token>";

    private const int MaxOutput = 64 * 1024;

    // Some helpers ask the user to unlock a key store.
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    /// <summary>Runs <c>get</c>.</summary>
    /// <returns>The credentials, or null where the helper has none.</returns>
    /// <exception cref="RegistryException">The helper is missing, fails, or prints something else.</exception>
    public static async ValueTask<RegistryCredential?> GetAsync(string helper, string registry, CancellationToken cancellationToken)
    {
        if (!helper.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            throw new RegistryException($"\"{helper}\" is no name of a credential helper.");
        }

        string program = "docker-credential-" + helper;
        (int exitCode, string output) = await RunAsync(program, registry, cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            // The protocol has no other way to say that there is nothing; the sentence is that of the helpers' common library.
            return output.Contains("credentials not found", StringComparison.Ordinal)
                ? null
                : throw new RegistryException($"{program} failed for {registry} with exit code {exitCode}.");
        }

        return Read(program, output);
    }

    private static RegistryCredential? Read(string program, string output)
    {
        try
        {
            HelperDocument? document = JsonSerializer.Deserialize(output, RegistryJsonContext.Default.HelperDocument);
            if (document?.Secret is not { Length: > 0 } secret || document.Username is not { Length: > 0 } user)
            {
                return null;
            }

            return user == TokenUser ? RegistryCredential.FromIdentityToken(secret) : RegistryCredential.FromPassword(user, secret);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // Without the cause: it may quote the secret.
            throw new RegistryException($"{program} did not print credentials.");
        }
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, string registry, CancellationToken cancellationToken)
    {
        using Process process = Start(program);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Timeout);
        try
        {
            Task<string> output = ReadAsync(process.StandardOutput, limit.Token);
            Task<string> errors = ReadAsync(process.StandardError, limit.Token);
            await WriteAsync(process.StandardInput, registry, limit.Token).ConfigureAwait(false);
            await Task.WhenAll(output, errors).ConfigureAwait(false);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return (process.ExitCode, await output.ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RegistryException($"{program} did not answer within {Timeout.TotalMinutes} minutes.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static Process Start(string program)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, ["get"])
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
            throw new RegistryException($"The credential helper {program} can't be started. Install it, or remove it from the file of credentials.", inner: e);
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
