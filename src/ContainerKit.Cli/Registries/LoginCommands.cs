using System.Text;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.Terminals;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;

namespace ContainerKit.Cli.Registries;

/// <summary><c>ckit login</c> and <c>ckit logout</c>.</summary>
internal static class LoginCommands
{
    public static IReadOnlyList<Command> Create(CommandConsole console) =>
    [
        new("login", "Log in to a registry", "[SERVER]")
        {
            MaximumArguments = 1,
            Options = [new("password", 'p', "string", "The password, or an access token; others of this machine see it"), new("password-stdin", null, null, "Read the password from the input"), new("username", 'u', "string", "The user")],
            Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => LoginAsync(client, invocation, console, token), token),
        },
        new("logout", "Log out from a registry", "[SERVER]")
        {
            MaximumArguments = 1,
            Handler = async (invocation, token) =>
            {
                string key = LoginFile.KeyOf(invocation.Arguments.Count > 0 ? invocation.Arguments[0] : null);
                bool known = await LoginFile.EraseAsync(key, token).ConfigureAwait(false);
                await console.Output.WriteLineAsync(known ? $"Removing login credentials for {key}" : $"Not logged in to {key}").ConfigureAwait(false);
                return 0;
            },
        },
    ];

    private static async Task LoginAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        string key = LoginFile.KeyOf(invocation.Arguments.Count > 0 ? invocation.Arguments[0] : null);
        RegistryLogin? known = invocation.Has("username") || invocation.Has("password") ? null : await LoginFile.FindAsync(key, cancellationToken).ConfigureAwait(false);
        RegistryLogin login = known ?? await AskAsync(invocation, console, cancellationToken).ConfigureAwait(false);
        if (known is not null)
            await console.Output.WriteLineAsync("Authenticating with existing credentials...").ConfigureAwait(false);
        JsonNode? answer = await client.PostAsync(
            "/auth",
            new JsonObject { ["username"] = login.UserName, ["password"] = login.Password, ["identitytoken"] = login.IdentityToken ?? "", ["serveraddress"] = key },
            cancellationToken).ConfigureAwait(false);
        string place = await LoginFile.StoreAsync(key, answer.Text("IdentityToken") is { Length: > 0 } identity ? login with { IdentityToken = identity } : login, cancellationToken).ConfigureAwait(false);
        if (invocation.Has("password"))
            await console.Error.WriteLineAsync("WARNING! Using --password via the CLI is insecure. Use --password-stdin.").ConfigureAwait(false);
        if (place.StartsWith('/'))
            await console.Error.WriteLineAsync($"WARNING! The password is kept unencrypted in {place}; a credential helper keeps it better.").ConfigureAwait(false);
        await console.Output.WriteLineAsync(answer.Text("Status") ?? "Login Succeeded").ConfigureAwait(false);
    }

    private static async Task<RegistryLogin> AskAsync(CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        string? user = invocation.Value("username");
        if (invocation.IsSet("password-stdin"))
        {
            if (user is null)
                throw new UsageException("Must provide --username with --password-stdin") { Command = invocation.Command };
            if (invocation.Has("password"))
                throw new UsageException("--password and --password-stdin are mutually exclusive") { Command = invocation.Command };
            using Stream input = console.OpenInput();
            using var reader = new StreamReader(input, Encoding.UTF8);
            return new RegistryLogin(user, (await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false)).TrimEnd('\r', '\n'), null);
        }

        if (user is not null && invocation.Value("password") is string given)
            return new RegistryLogin(user, given, null);
        if (!ForegroundTerminal.HasInputTerminal)
            throw new IOException("Cannot perform an interactive login from a non TTY device");
        if (user is null)
        {
            await console.Error.WriteAsync("Username: ").ConfigureAwait(false);
            user = (await Console.In.ReadLineAsync(cancellationToken).ConfigureAwait(false))?.Trim();
        }

        if (string.IsNullOrEmpty(user))
            throw new IOException("username is required");
        return new RegistryLogin(user, invocation.Value("password") ?? await ReadSecretAsync(console).ConfigureAwait(false), null);
    }

    /// <summary>What is typed is not shown.</summary>
    private static async Task<string> ReadSecretAsync(CommandConsole console)
    {
        await console.Error.WriteAsync("Password: ").ConfigureAwait(false);
        var secret = new StringBuilder();
        using (TerminalMode.EnterRaw(FileDescriptor.StandardInput))
        using (Stream input = console.OpenInput())
        {
            byte[] key = new byte[1];
            while (await input.ReadAsync(key).ConfigureAwait(false) == 1 && key[0] is not ((byte)'\r' or (byte)'\n' or 4))
            {
                const byte interrupt = 3;
                const byte delete = 127;
                if (key[0] == interrupt)
                    throw new OperationCanceledException();
                if (key[0] == delete)
                    secret.Length = Math.Max(0, secret.Length - 1);
                else
                    secret.Append((char)key[0]);
            }
        }

        await console.Error.WriteLineAsync().ConfigureAwait(false);
        return secret.Length > 0 ? Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(secret.ToString())) : throw new IOException("password is required");
    }
}
