using System.Text;
using Xunit;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>An engine with a Debian image, imported once for all classes of the collection.</summary>
public sealed class DebianFixture : EngineFixture
{
    private Image? _image;
    private string _missing = "";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        (string? path, _missing) = await DebianArchive.GetAsync(Token);
        if (path is not null)
        {
            _image = await Engine.Images.ImportAsync(path, new ImageImportOptions { Reference = "debian:test" }, Token);
        }
    }

    public ContainerSpec Spec(params IEnumerable<string> command)
    {
        Assert.SkipWhen(_image is null, "missing capability: " + _missing);
        return ContainerSpec.FromImage(_image!).WithCommand(command);
    }

    public Task<ExecResult> RunAsync(string script) => Engine.Containers.RunAsync(Spec("sh", "-c", script), cancellationToken: Token);

    /// <summary>Starts a server and waits for the line that says that it is ready.</summary>
    public async Task<Container> StartServerAsync(ContainerSpec spec, string ready)
    {
        Container container = await Engine.Containers.StartAsync(spec, Token);
        var log = new StringBuilder();
        await foreach (LogLine line in container.ReadLogsAsync(follow: true, cancellationToken: Token))
        {
            log.AppendLine(line.Text);
            if (line.Text.Contains(ready, StringComparison.Ordinal))
            {
                return container;
            }
        }

        await container.DisposeAsync();
        throw new InvalidOperationException($"The server ended:\n{log}");
    }
}
