using ContainerKit.Cli.Tests.Hosting;
using Xunit;

namespace ContainerKit.Cli.Tests.Terminals;

/// <summary>ckit as somebody at a terminal sees it.</summary>
public sealed class PtyTests : IAsyncLifetime
{
    private const string CtrlC = "\u0003";
    private const string CtrlPCtrlQ = "\u0010\u0011";

    private static readonly Dictionary<string, string> None = [];

    private Workspace _workspace = null!;

    private string[] Host => ["--host", $"unix://{_workspace.Socket}"];

    public async ValueTask InitializeAsync()
    {
        _workspace = await Workspace.CreateAsync();
        await _workspace.ServeAsync();
        await _workspace.ServedAsync(0, "import", _workspace.Path("root.tar"), "app:1");
    }

    public ValueTask DisposeAsync() => _workspace?.DisposeAsync() ?? default;

    [Fact]
    public async Task A_shell_in_a_container_has_a_terminal_that_is_resized_interrupted_left_and_taken_up_again()
    {
        await using (PtyProgram run = PtyProgram.Start(40, 100, None, [.. Host, "run", "-it", "--name", "one", "--network", "none", "app:1", "/bin/sh"], _workspace.Bound))
        {
            await run.ConvergeAsync("stty size", "40 100");
            run.Resize(50, 120);
            await run.ConvergeAsync("stty size", "50 120");

            await run.TypeAsync("sh -c 'echo in-$((1+2)); exec sleep 100000'\n");
            await run.ExpectAsync("in-3");
            await run.TypeAsync(CtrlC);
            await run.TypeAsync("echo code=$?\n");
            await run.ExpectAsync("code=130\r\n");

            await run.TypeAsync(CtrlPCtrlQ);
            Assert.Equal(0, await run.EndAsync());
            Assert.True(run.IsCooked());
        }

        Assert.Equal("true", (await _workspace.ServedAsync(0, "inspect", "-f", "{{.State.Running}}", "one")).Output.Trim());
        await using PtyProgram attach = PtyProgram.Start(30, 90, None, [.. Host, "attach", "one"], _workspace.Bound);
        await attach.ConvergeAsync("stty size", "30 90");
        await attach.TypeAsync("exit 7\n");
        Assert.Equal(7, await attach.EndAsync());
        Assert.True(attach.IsCooked());
        Assert.Equal("7", (await _workspace.ServedAsync(0, "inspect", "-f", "{{.State.ExitCode}}", "one")).Output.Trim());
        await _workspace.ServedAsync(0, "rm", "one");
    }

    [Fact]
    public async Task A_build_draws_its_steps_on_a_terminal_in_its_width_and_in_colours_unless_they_are_not_wanted()
    {
        string context = Path.GetDirectoryName(await _workspace.WriteAsync("context/Dockerfile", $"FROM app:1\nENV a={new string('x', 100)}\nRUN echo said\n"))!;
        string[] arguments = [.. Host, "build", "--network", "none", context];

        await using (PtyProgram coloured = PtyProgram.Start(24, 60, new Dictionary<string, string> { ["NO_COLOR"] = "" }, arguments, _workspace.Bound))
        {
            Assert.Equal(0, await coloured.EndAsync());
            Assert.Contains("(3/3) FINISHED", coloured.Shown, StringComparison.Ordinal);
            Assert.True(coloured.Shown.Contains("\u001b[34m => [1/3] FROM app:1", StringComparison.Ordinal), coloured.Shown);
            string[] lines = System.Text.RegularExpressions.Regex.Replace(coloured.Shown, "\u001b\\[[0-9]*[A-Za-z]", "").Split("\r\n");
            Assert.Contains(lines, line => line.Contains("[2/3] ENV a=xxx", StringComparison.Ordinal) && line.Length == 59);
        }

        await using (PtyProgram plain = PtyProgram.Start(24, 60, new Dictionary<string, string> { ["NO_COLOR"] = "1" }, arguments, _workspace.Bound))
        {
            Assert.Equal(0, await plain.EndAsync());
            Assert.Contains("CACHED [3/3] RUN echo said", plain.Shown, StringComparison.Ordinal);
            Assert.DoesNotContain("\u001b[34m", plain.Shown, StringComparison.Ordinal);
        }

        await using PtyProgram dumb = PtyProgram.Start(24, 60, new Dictionary<string, string> { ["TERM"] = "dumb" }, arguments, _workspace.Bound);
        Assert.Equal(0, await dumb.EndAsync());
        Assert.DoesNotContain("\u001b", dumb.Shown, StringComparison.Ordinal);
        Assert.Contains("[3/3] cached\r\n", dumb.Shown, StringComparison.Ordinal);
    }
}
