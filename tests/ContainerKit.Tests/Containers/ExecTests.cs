using System.Text;
using Xunit;

namespace ContainerKit.Tests.Containers;

public class ExecTests : EngineTest
{
    private async Task<Container> StartThenAsync(Func<FakeProcess, Task> script)
    {
        Container container = await Containers.StartAsync(Spec, Token);
        Runtime.Script = script;
        return container;
    }

    [Fact]
    public async Task Exec_returns_exit_code_and_output()
    {
        await using Container container = await StartThenAsync(async process =>
        {
            await process.WriteAsync("out");
            await process.WriteErrorAsync("err");
            process.Exit(7);
        });
        ExecResult result = await container.ExecAsync(["sh", "-c", "x"], Token);
        Assert.Equal((7, "out", "err"), (result.ExitCode, result.StandardOutput, result.StandardError));
        Assert.Equal(["sh", "-c", "x"], Runtime.Executed.Single().Process.Arguments);
        Assert.True(Runtime.LastProcess.IsDisposed);
    }

    [Fact]
    public async Task Too_much_output_kills_and_says_so()
    {
        await using Container container = await StartThenAsync(process => process.WriteAsync(new string('x', 5000)));
        IOException error = await Assert.ThrowsAsync<IOException>(() => container.ExecAsync(ExecSpec.ForCommand("yes").WithOutputLimit(ByteSize.KiB(4)), Token));
        Assert.Contains("'yes' wrote more than 4KiB", error.Message, StringComparison.Ordinal);
        Assert.Equal([9], Runtime.LastProcess.Signals);
    }

    [Fact]
    public async Task Output_that_a_background_process_holds_open_does_not_keep_exec_from_returning()
    {
        await using Container container = await StartThenAsync(async process =>
        {
            await process.WriteAsync("started");
            process.ExitKeepingOutput(new ExitStatus(0));
        });
        Assert.Equal("started", (await container.ExecAsync(["daemon"], Token)).StandardOutput);
    }

    [Fact]
    public async Task Cancelling_kills_the_command()
    {
        using var cancel = new CancellationTokenSource();
        await using Container container = await StartThenAsync(_ => cancel.CancelAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => container.ExecAsync(["sleep"], cancel.Token));
        Assert.Equal([9], Runtime.LastProcess.Signals);
        Assert.Equal(ContainerStatus.Running, (await container.InspectAsync(Token)).Status);
    }

    [Fact]
    public async Task A_session_has_input_with_half_close_resize_and_signals()
    {
        await using Container container = await StartThenAsync(async process =>
        {
            using var reader = new StreamReader(process.Input.AsStream());
            await process.WriteAsync("<" + await reader.ReadToEndAsync(Token) + ">");
            process.CloseOutput();
            process.OnSignal = signal => process.ExitKeepingOutput(ExitStatus.FromSignal(signal));
        });
        await using ExecSession session = await container.OpenExecAsync(ExecSpec.ForCommand("cat").WithTerminal(), Token);
        await session.StandardInput!.WriteAsync("in"u8.ToArray(), Token);
        await session.StandardInput.CompleteAsync();
        using var output = new StreamReader(session.StandardOutput.AsStream(leaveOpen: true), Encoding.UTF8);
        Assert.Equal("<in>", await output.ReadToEndAsync(Token));
        session.Resize(new TerminalSize(3, 4));
        Assert.Equal((3, 4), Runtime.LastProcess.Size);
        Assert.Throws<ArgumentException>(() => session.Kill("NOPE"));
        session.Kill("HUP");
        Assert.Equal(129, (await session.WaitAsync(Token)).ExitCode);
    }

    [Fact]
    public async Task Failures_to_start_carry_dockers_exit_code_and_bad_specs_are_named()
    {
        await using Container container = await Containers.StartAsync(Spec, Token);
        Runtime.BeforeStart = _ => throw new ContainerStartException("execve", 127, "no such program");
        Assert.Equal(127, (await Assert.ThrowsAsync<ContainerStartException>(() => container.ExecAsync(["nope"], Token))).ExitCode);
        Assert.Contains("WorkingDirectory 'x'", (await Assert.ThrowsAsync<ArgumentException>(() => container.ExecAsync(ExecSpec.ForCommand("a").WithWorkingDirectory("x"), Token))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => container.ExecAsync([], Token));
    }
}
