// The server is a program of its own by definition: this very one, started once more. It is no container and wants nothing of the launcher.
#pragma warning disable RS0030
using System.Diagnostics;

namespace ContainerKit.Cli.Engines;

/// <summary>Starts a server that goes on when this process has ended.</summary>
internal static class BackgroundServer
{
    /// <summary>The command that is the server; not in the help, nobody types it.</summary>
    public const string CommandName = "serve-data-root";

    /// <summary>The line by which the server says that it listens.</summary>
    public const string ReadyLine = "ready";

    /// <summary>Returns when the data root is served, by the server that was started or by one that was faster.</summary>
    /// <exception cref="IOException">It could not be started; the reason is in the message.</exception>
    public static async Task StartAsync(DataRootServer server, CancellationToken cancellationToken)
    {
        if (!server.CanListen)
            throw new IOException($"The path of the data root, {server.DataRoot}, is too long for a socket in it. Choose a shorter one, or run 'ckit serve --host' yourself and set CONTAINERKIT_HOST.");
        using Process process = Process.Start(Describe(server)) ?? throw new IOException("The server could not be started.");
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        string? line = await process.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        if (line != ReadyLine)
            throw new IOException($"The server of {server.DataRoot} did not start: {(await errors.ConfigureAwait(false)).Trim()}");
    }

    private static ProcessStartInfo Describe(DataRootServer server)
    {
        string assembly = typeof(BackgroundServer).Assembly.GetName().Name!;
        string? program = Environment.ProcessPath;

        // A tool is started by a program of its name; dotnet ckit.dll, and a test, are not it.
        bool isOwn = Path.GetFileNameWithoutExtension(program) == assembly;
        var start = new ProcessStartInfo(isOwn ? program! : Path.GetFileNameWithoutExtension(program) == "dotnet" ? program! : "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        if (!isOwn)
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll"));
        foreach (string argument in (string[])[CommandName, "--data-root", server.DataRoot])
            start.ArgumentList.Add(argument);
        return start;
    }
}
