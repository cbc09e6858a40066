using System.Diagnostics;
using ContainerKit.Linux.Paths;
using Xunit;

namespace ContainerKit.TestSupport.Files;

/// <summary>A directory of its own for one test, removed at the end.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public TemporaryDirectory() => Path = Directory.CreateTempSubdirectory("ck-test-").FullName;

    public string Path { get; }

    public string this[string relative] => System.IO.Path.Combine(Path, relative);

    public static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {error} {output.Result}");
    }

    public void Dispose() => FileTreeRemover.Remove(Path);
}
