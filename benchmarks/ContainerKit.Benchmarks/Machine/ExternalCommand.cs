using System.ComponentModel;
using System.Diagnostics;

namespace ContainerKit.Benchmarks.Machine;

/// <summary>A command of a peer: program, arguments and the few environment variables it gets.</summary>
/// <param name="Program">Absolute path of the program.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record ExternalCommand(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>Variables in addition to PATH and HOME.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>What takes longer is ended, and is an error.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The absolute path of a program in PATH or in the directories for administrators, or null.</summary>
    public static string? Find(string name)
        => SearchPath().Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    /// <summary>The same command with further arguments at the end.</summary>
    public ExternalCommand With(params IReadOnlyList<string> more) => this with { Arguments = [.. Arguments, .. more] };

    /// <summary>Runs to the end as a shell would: output goes where ours goes, standard input is at its end. Blocks, because
    /// an await would add a hop through the thread pool to what is measured.</summary>
    /// <exception cref="PeerFailedException">It ended with another status than 0.</exception>
    /// <exception cref="TimeoutException">It did not end.</exception>
    public void Run()
    {
        using var process = Start(captured: false);
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeLimit))
        {
            process.Kill();
            throw new TimeoutException($"{this} did not end within {TimeLimit.TotalSeconds} s");
        }
        if (process.ExitCode != 0)
            throw new PeerFailedException($"{this} ended with status {process.ExitCode}");
    }

    /// <summary>Runs to the end and returns status and output; for preparations, not for what is measured.</summary>
    public async Task<CommandResult> CaptureAsync(CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeLimit);
        using var process = Start(captured: true);
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new CommandResult(process.ExitCode, (await output).Trim(), (await errors).Trim());
        }
        catch (OperationCanceledException) when (!process.HasExited)
        {
            process.Kill();
            throw;
        }
    }

    /// <summary>Runs to the end and insists on success.</summary>
    /// <exception cref="PeerFailedException">It ended with another status than 0.</exception>
    public async Task<string> CaptureSuccessAsync(CancellationToken cancellationToken = default)
    {
        var result = await CaptureAsync(cancellationToken);
        return result.ExitCode == 0 ? result.Output : throw new PeerFailedException($"{this}: {result.LastLine}");
    }

    /// <summary>Starts it without waiting. The caller owns the process and its standard input.</summary>
    public Process Start(bool captured)
    {
        var start = new ProcessStartInfo(Program, Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = captured,
            RedirectStandardError = captured,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = string.Join(':', SearchPath());
        start.Environment["HOME"] = System.Environment.GetEnvironmentVariable("HOME") ?? "/";
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception failure)
        {
            throw new PeerFailedException($"{Program}: {failure.Message}");
        }
    }

    public override string ToString() => $"{Path.GetFileName(Program)} {string.Join(' ', Arguments)}";

    private static IEnumerable<string> SearchPath()
        => (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
            .Distinct();
}
