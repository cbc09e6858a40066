using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Options;

/// <summary>Short ways to run containers of the busybox image, each with a bound in time.</summary>
public abstract class OptionTest(BusyboxFixture busybox) : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    private readonly CancellationTokenSource _bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private protected ContainerEngine Engine => busybox.Engine;

    private protected BusyboxFixture Busybox => busybox;

    private protected CancellationToken Token
    {
        get
        {
            _bound.CancelAfter(Bound);
            return _bound.Token;
        }
    }

    public void Dispose()
    {
        _bound.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A container of the busybox image that executes a script.</summary>
    private protected ContainerSpec Script(string script) => busybox.Script(script);

    /// <summary>Runs to the end; it has to succeed without an error message.</summary>
    private protected async Task<string> OutputAsync(ContainerSpec spec)
    {
        ExecResult result = await Engine.Containers.RunAsync(spec, cancellationToken: Token);
        Assert.Equal((0, ""), (result.ExitCode, result.StandardError));
        return result.StandardOutput;
    }

    private protected Task<ExecResult> RunAsync(ContainerSpec spec) => Engine.Containers.RunAsync(spec, cancellationToken: Token);

    private protected Task<Container> StartAsync(ContainerSpec spec) => Engine.Containers.StartAsync(spec, Token);

    /// <summary>Runs a script in a running container; it has to succeed.</summary>
    private protected async Task<string> ShellAsync(Container container, string script)
    {
        ExecResult result = await container.ExecAsync(["sh", "-c", script], Token);
        Assert.Equal((0, ""), (result.ExitCode, result.StandardError));
        return result.StandardOutput;
    }

    /// <summary>Waits until the log has a line.</summary>
    private protected async Task WaitForLineAsync(Container container, string text)
    {
        await foreach (LogLine line in container.ReadLogsAsync(follow: true, cancellationToken: Token))
        {
            if (line.Text.TrimEnd() == text)
            {
                return;
            }
        }

        Assert.Fail($"The container ended without the line '{text}'.");
    }

    private protected void RequireRoot(string what) => Assert.SkipWhen(Engine.IsRootless, "missing capability: root, " + what);

    /// <summary>What the container has written so far, both streams.</summary>
    private protected async Task<string> LogAsync(Container container)
    {
        string text = "";
        await foreach (LogLine line in container.ReadLogsAsync(cancellationToken: Token))
        {
            text += line.Text + "\n";
        }

        return text;
    }
}
