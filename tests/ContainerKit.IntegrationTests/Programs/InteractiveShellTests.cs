using Xunit;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>This machine's bash on a terminal: job control, the keys that make signals, and the size of the window.</summary>
public sealed class InteractiveShellTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    private const string Prompt = "ck> ";
    private const string CtrlC = "\x03";
    private const string CtrlZ = "\x1a";
    private const string Watch = "trap 'echo size=$(stty size)' WINCH; echo watching; while :; do sleep 0.1; done";
    private static readonly string[] Shell = ["bash", "--norc", "--noprofile"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_container_is_an_interactive_shell()
    {
        Capability.Require("bash", "bash");
        Image machine = await fixture.Engine.Images.FromDirectoryAsync("/", Token);
        ContainerSpec spec = ContainerSpec.FromImage(machine).WithCommand(Shell)
            .WithEnvironment("PS1", Prompt).WithEnvironment("TERM", "dumb").WithEnvironment("WATCH", Watch).WithTerminal(new TerminalSize(24, 80));
        Container container = await fixture.Engine.Containers.CreateAsync(spec, Token);
        await using (ContainerAttachment attachment = await container.AttachAsync(cancellationToken: Token))
        {
            await container.StartAsync(Token);
            var dialogue = new TerminalDialogue(attachment.StandardInput!, attachment.StandardOutput);
            Assert.Null(attachment.StandardError);

            await dialogue.ExpectAsync(Prompt);
            await dialogue.TypeAndExpectAsync("echo pid=$$ $(tty)\r", "pid=1 /dev/");
            await dialogue.ExpectAsync(Prompt);
            await UseAsync(dialogue, size => container.ResizeAsync(size, Token));

            Assert.Equal(new ExitStatus(42), await container.WaitAsync(Token));
        }

        await container.RemoveAsync(cancellationToken: Token);
    }

    [Fact]
    public async Task An_exec_is_an_interactive_shell()
    {
        Capability.Require("bash", "bash");
        Image machine = await fixture.Engine.Images.FromDirectoryAsync("/", Token);
        await using Container container = await fixture.Engine.Containers.StartAsync(ContainerSpec.FromImage(machine).WithCommand("sleep", "1000"), Token);
        ExecSpec shell = ExecSpec.ForCommand(Shell).WithEnvironment("PS1", Prompt).WithEnvironment("TERM", "dumb").WithEnvironment("WATCH", Watch).WithTerminal(new TerminalSize(24, 80));
        await using ExecSession exec = await container.OpenExecAsync(shell, Token);
        var dialogue = new TerminalDialogue(exec.StandardInput!, exec.StandardOutput);
        Assert.Null(exec.StandardError);

        await dialogue.ExpectAsync(Prompt);
        await UseAsync(dialogue, size =>
        {
            exec.Resize(size);
            return Task.CompletedTask;
        });

        Assert.Equal(new ExitStatus(42), await exec.WaitAsync(Token));
    }

    /// <summary>
    /// Answers are told from the echo of what was typed by arithmetic that only the shell does. Keys are typed when what is to read them has shown that
    /// it runs: bash at its prompt has the terminal in another mode than other programs.
    /// </summary>
    private static async Task UseAsync(TerminalDialogue dialogue, Func<TerminalSize, Task> resize)
    {
        await CommandAsync("stty size", "24 80\r\n");

        await CommandAsync("sleep 100 &", "[1] ");
        await CommandAsync("jobs", "Running");
        await CommandAsync("kill %1; wait %1; echo code=$((1000+$?))", "code=1143");

        await dialogue.TypeAndExpectAsync("sh -c 'echo in$((1+1)); exec cat'\r", "in2\r\n");
        await dialogue.TypeAndExpectAsync("hello\r", "hello\r\nhello\r\n");
        await dialogue.TypeAndExpectAsync(CtrlZ, "Stopped");
        await dialogue.ExpectAsync(Prompt);
        await CommandAsync("jobs", "Stopped");
        await dialogue.TypeAndExpectAsync("fg\r", "exec cat'\r\n");
        await dialogue.TypeAndExpectAsync("again\r", "again\r\nagain\r\n");
        await dialogue.TypeAndExpectAsync(CtrlC, Prompt);
        await CommandAsync("echo code=$((1000+$?))", "code=1130");

        // The signal goes to the foreground process group, which is the whole script.
        await dialogue.TypeAndExpectAsync("bash -c \"$WATCH\"\r", "watching\r\n");
        await resize(new TerminalSize(40, 132));
        await dialogue.ExpectAsync("size=40 132\r\n");
        await dialogue.TypeAndExpectAsync(CtrlC, Prompt);
        await CommandAsync("stty size", "40 132\r\n");

        await dialogue.TypeAsync("exit 42\r");
        await dialogue.ReadToEndAsync();

        async Task CommandAsync(string command, string answer)
        {
            await dialogue.TypeAndExpectAsync(command + "\r", answer);
            await dialogue.ExpectAsync(Prompt);
        }
    }
}
