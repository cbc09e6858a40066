using ContainerKit.Linux;
using ContainerKit.Linux.Launching;
using Xunit;

namespace ContainerKit.IntegrationTests.Isolation;

/// <summary>A process that enters a container comes from a file of the host; whoever changes that file owns the host (CVE-2019-5736).</summary>
[Collection(IsolationCollection.Name)]
public sealed class LauncherTests(IsolationFixture fixture)
{
    private const int Caught = 10;
    private const int Written = 20;
    private const int Highest = 400;

    /// <summary>The interpreter is the launcher itself, so the kernel executes it again inside: it must not get anywhere.</summary>
    [Fact]
    public async Task Script_that_executes_its_launcher_fails()
    {
        string script = fixture.AddScript("#!/proc/self/exe\n");

        ExecResult command = await fixture.Engine.Containers.RunAsync(fixture.Spec.WithCommand(script), cancellationToken: IsolationFixture.Token);
        ExecResult further = await fixture.Running.ExecAsync([script], IsolationFixture.Token);

        Assert.NotEqual(0, command.ExitCode);
        Assert.NotEqual(0, further.ExitCode);
        Assert.Equal("still here\n", await fixture.ShellAsync("echo still here"));
    }

    [Fact]
    public async Task Program_does_not_see_its_launcher_as_its_executable()
    {
        string executable = await fixture.ShellAsync("readlink /proc/1/exe /proc/self/exe");

        Assert.DoesNotContain("memfd", executable, StringComparison.Ordinal);
        Assert.DoesNotContain(Environment.ProcessPath!, executable, StringComparison.Ordinal);
    }

    /// <summary>
    /// A program inside opens /proc/PID/exe of everything that appears and tries to write to what comes from a memfd, as the exploit did. Whether
    /// it catches a launching process is luck; that it never writes is not.
    /// </summary>
    [Fact]
    public async Task Executable_of_a_launching_process_cannot_be_written()
    {
        string script = fixture.AddScript("#!/proc/self/exe\n");
        await using ExecSession attacker = await fixture.Running.OpenExecAsync(ExecSpec.ForCommand(fixture.AddProbe(Attack())), IsolationFixture.Token);
        for (int i = 0; i < 60; i++)
        {
            await fixture.Running.ExecAsync([i % 2 == 0 ? script : "true"], IsolationFixture.Token);
        }

        attacker.Kill();
        ExitStatus exit = await attacker.WaitAsync(IsolationFixture.Token);
        TestContext.Current.SendDiagnosticMessage(exit.ExitCode == Caught ? "A launching process was caught; it resisted." : "No launching process was caught.");
        Assert.Contains(exit.ExitCode, new[] { Caught, 137 });
    }

    [Fact]
    public async Task Executable_of_a_launcher_is_sealed()
    {
        LaunchProgramBuilder program = new();
        program.Call("exit_group", 0);
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = LaunchExecutable.Create(program.Build());
        string path = $"/proc/self/fd/{file.DangerousGetHandle()}";

        // Opening a sealed file for writing is allowed; every change is EPERM.
        UnauthorizedAccessException written = await Assert.ThrowsAsync<UnauthorizedAccessException>(() => File.AppendAllTextAsync(path, "x", IsolationFixture.Token));
        Assert.NotNull(written);
        Assert.Throws<UnauthorizedAccessException>(() => RandomAccess.SetLength(file, 0));
    }

    /// <summary>Ends with <see cref="Written"/> after a successful change, with <see cref="Caught"/> when a launcher was caught and resisted.</summary>
    private static LaunchProgram Attack()
    {
        const int F_GET_SEALS = 1034;
        const int O_WRONLY = 1;
        LaunchProgramBuilder program = new();
        LaunchLabel again = program.DefineLabel();
        LaunchLabel failure = program.DefineLabel();
        program.Call("close_range", 3, uint.MaxValue, 0);
        program.Mark(again);
        for (int pid = 2; pid < Highest; pid++)
        {
            LaunchLabel next = program.DefineLabel();
            LaunchLabel close = program.DefineLabel();
            LaunchOperation file = program.Call("openat", -100, program.Text($"/proc/{pid}/exe"), 0, 0).TolerateAll();
            program.JumpIfNotEqual(program.And(file.Result, long.MinValue).Result, 0, next);

            // Only a memfd knows seals; the other programs are files of the container, which it may change.
            LaunchOperation seals = program.Call("fcntl", file.Result, F_GET_SEALS).TolerateAll();
            program.JumpIfNotEqual(program.And(seals.Result, long.MinValue).Result, 0, close);
            LaunchOperation truncated = program.Call("ftruncate", file.Result, 0).TolerateAll();
            program.JumpIfEqual(truncated.Result, 0, failure);

            // The descriptor is number 3: opened again for writing, as soon as the kernel does not execute it any more.
            LaunchLabel busy = program.DefineLabel();
            program.Mark(busy);
            LaunchOperation writable = program.Call("openat", -100, program.Text("/proc/self/fd/3"), O_WRONLY, 0).TolerateAll();
            program.JumpIfEqual(writable.Result, -(long)Errno.ETXTBSY, busy);
            LaunchOperation written = program.Call("write", writable.Result, program.Text("x"), 1).TolerateAll();
            program.JumpIfEqual(written.Result, 1, failure);
            program.Call("exit_group", Caught);
            program.Mark(close);
            program.Call("close", file.Result);
            program.Mark(next);
        }

        program.JumpIfEqual(0, 0, again);
        program.Mark(failure);
        program.Call("exit_group", Written);
        return program.Build();
    }
}
