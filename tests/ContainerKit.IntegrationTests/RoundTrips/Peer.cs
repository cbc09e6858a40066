using System.Diagnostics;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.RoundTrips;

/// <summary>A command of another engine, with the options that keep it in a directory of the test.</summary>
/// <param name="program">Its path.</param>
/// <param name="options">What comes before each command.</param>
/// <param name="environment">Variables in addition to those of this process.</param>
internal sealed class Peer(string program, IReadOnlyList<string> options, IReadOnlyDictionary<string, string>? environment = null)
{
    /// <summary>The command, or a skipped test.</summary>
    public static Peer Require(string program, string package, IReadOnlyList<string>? options = null, IReadOnlyDictionary<string, string>? environment = null)
        => new(Capability.Require(program, package), options ?? [], environment);

    /// <summary>Runs it to its end; what it wrote to its output.</summary>
    public async Task<string> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        (int exitCode, string output, string error) = await TryRunAsync(cancellationToken, arguments);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {exitCode}: {output}{error}");
        return output.Trim();
    }

    /// <summary>Runs it to its end.</summary>
    public async Task<(int ExitCode, string Output, string Error)> TryRunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, [.. options, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException) when (!process.HasExited)
        {
            process.Kill();
            throw;
        }
    }
}
