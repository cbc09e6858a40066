using System.Diagnostics;
using Xunit;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>What a machine may lack: tests that need it skip, and say what is missing.</summary>
internal static class Capability
{
    // Administration programs are not in the PATH of an ordinary user.
    private static readonly string[] FurtherDirectories = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

    internal static string? Find(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(FurtherDirectories)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);

    internal static string Require(string program, string package)
    {
        string? path = Find(program);
        Assert.SkipWhen(path is null, $"missing capability: {program} (package {package})");
        return path!;
    }

    /// <summary>Runs a program of this machine to its end, and fails with what it wrote when it fails.</summary>
    internal static async Task RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await output}{await error}");
    }
}
