using System.IO.Pipelines;
using ContainerKit.Linux.Security;
using ContainerKit.Runtime;
using ContainerKit.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerKit.IntegrationTests.Runtime;

/// <summary>The runtime on a view of this machine's own files, in a directory of its own.</summary>
internal sealed class RuntimeHarness : IAsyncDisposable
{
    private readonly string _directory;

    private RuntimeHarness(string directory, LinuxContainerRuntime runtime)
    {
        _directory = directory;
        Runtime = runtime;
    }

    internal LinuxContainerRuntime Runtime { get; }

    internal static async Task<RuntimeHarness> OpenAsync()
    {
        string directory = Directory.CreateTempSubdirectory("ck-runtime-").FullName;
        return new RuntimeHarness(directory, await LinuxContainerRuntime.OpenAsync(DataRoot.Open(directory), NullLogger.Instance));
    }

    internal RuntimeSpec Spec(params string[] command)
    {
        string id = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray());
        string container = Path.Combine(_directory, "containers", id);
        return new RuntimeSpec
        {
            Id = id,
            Hostname = "box",
            Root = new RuntimeRoot(
                ["/"],
                Directory.CreateDirectory(Path.Combine(container, "upper")).FullName,
                Directory.CreateDirectory(Path.Combine(container, "work")).FullName,
                ReadOnly: false,
                Volatile: true),
            Process = Process(command),
        };
    }

    internal static RuntimeProcess Process(params string[] command) => new()
    {
        Arguments = [.. command],
        Environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        Capabilities = [.. CapabilitySet.Default.Select(c => c.ToString())],
    };

    internal async Task<(string Output, string Error, ExitStatus Exit)> RunAsync(RuntimeSpec spec, CancellationToken cancellationToken)
    {
        await using IContainerProcess process = await Runtime.StartAsync(spec, cancellationToken);
        Task<string> output = ReadAsync(process.StandardOutput, cancellationToken);
        Task<string> error = process.StandardError is null ? Task.FromResult("") : ReadAsync(process.StandardError, cancellationToken);
        ExitStatus exit = await process.Exited.WaitAsync(cancellationToken);
        await Runtime.CleanUpAsync(spec.Id, process.Identity, cancellationToken);
        return (await output, await error, exit);
    }

    internal static async Task<string> ReadAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        using StreamReader text = new(reader.AsStream());
        return await text.ReadToEndAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string entry in Directory.GetFileSystemEntries(Path.Combine(_directory, "containers")))
        {
            await Runtime.RemoveTreeAsync(entry, CancellationToken.None);
        }

        await Runtime.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
