using System.IO.Pipelines;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Mounts;
using Xunit;

namespace ContainerKit.Linux.Tests.Launching;

public sealed class LaunchProgramTests
{
    [Fact]
    public void Program_prints_one_operation_a_line()
    {
        LaunchProgramBuilder builder = new(Architecture.X64);
        builder.Stage("mounts");
        builder.Mount("proc", "/proc", "proc", MountFlags.MS_NOSUID | MountFlags.MS_NODEV);
        LaunchOperation directory = builder.MakeDirectory("/a");
        LaunchLabel end = builder.DefineLabel();
        builder.JumpIfEqual(directory.Result, 0, end);
        builder.Stage("end").Fail(Errno.EACCES, "/a");
        builder.Mark(end);
        builder.Call("exit_group", 0);

        string expected = """
            # mounts
            %0 = mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV, NULL)
            %1 = mkdirat(AT_FDCWD, "/a", 0755) ? EEXIST
            %2 = jump_if_equal(%1, 0) -> %4
            # end
            %3 = fail(EACCES)
            %4 = exit_group(0)

            """;
        Assert.Equal(expected, builder.Build().ToString());
    }

    [Fact]
    public void Program_has_the_numbers_of_its_architecture()
    {
        static long FirstNumber(Architecture architecture)
        {
            LaunchProgramBuilder builder = new(architecture);
            builder.MakeDirectory("/a");
            return BitConverter.ToInt64(builder.Build().Table, LaunchLayout.HeaderSize);
        }

        Assert.Equal(258, FirstNumber(Architecture.X64));
        Assert.Equal(34, FirstNumber(Architecture.Arm64));
    }

    [Fact]
    public void String_with_a_zero_is_refused()
        => Assert.Throws<ArgumentException>(() => new LaunchProgramBuilder(Architecture.X64).MakeDirectory("/etc\0/x"));

    [Fact]
    public async Task Executed_program_writes_to_its_output_and_its_exit_code_is_seen()
    {
        LaunchProgramBuilder builder = new();
        builder.CloseForeignDescriptors(0);
        builder.CloseOnExecute();
        builder.Execute(["/bin/sh"], ["sh", "-c", "echo out; echo $HELLO >&2; exit 7"], ["HELLO=err"], "sh");

        (string output, string error, ProcessExit exit) = await RunAsync(builder.Build());

        Assert.Equal(("out\n", "err\n"), (output, error));
        Assert.Equal(7, exit.ExitCode);
    }

    [Fact]
    public async Task Failed_operation_is_reported_by_name_and_nothing_is_left()
    {
        LaunchProgramBuilder builder = new();
        builder.Stage("mounts").Mount("proc", "/does/not/exist", "proc", MountFlags.None);
        builder.Execute(["/bin/true"], ["true"], [], "true");

        LaunchException failure = await Assert.ThrowsAsync<LaunchException>(() => ProcessLauncher.StartAsync(builder.Build(), new LaunchDescriptors(), cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal("mounts", failure.Stage);
        Assert.Equal("mount", failure.Failure.Syscall);
        Assert.Equal("/does/not/exist", failure.Failure.Path);
        Assert.True(failure.Failure.Errno is Errno.ENOENT or Errno.EPERM);
    }

    [Fact]
    public async Task Child_of_the_launching_process_is_a_child_of_ours()
    {
        LaunchProgramBuilder builder = new();
        builder.ContinueInChild(0);
        builder.DieWithStarter();
        builder.Execute(["/bin/sh"], ["sh", "-c", "echo $PPID"], [], "sh");

        (string output, _, ProcessExit exit) = await RunAsync(builder.Build());

        Assert.Equal(Environment.ProcessId, int.Parse(output));
        Assert.Equal(0, exit.ExitCode);
    }

    [Fact]
    public async Task Failure_of_the_child_is_reported_and_the_child_reaped()
    {
        LaunchProgramBuilder builder = new();
        builder.ContinueInChild(0);
        builder.Stage("execute").Execute(["/does/not/exist"], ["x"], [], "x");

        for (int i = 0; i < 50; i++)
        {
            LaunchException failure = await Assert.ThrowsAsync<LaunchException>(() => ProcessLauncher.StartAsync(builder.Build(), new LaunchDescriptors(), cancellationToken: TestContext.Current.CancellationToken));
            Assert.Equal(("execute", Errno.ENOENT), (failure.Stage, failure.Failure.Errno));
        }
    }

    [Theory]
    [InlineData("sh", null)]
    [InlineData("no-such-program", Errno.ENOENT)]
    [InlineData("passwd", Errno.EACCES)]
    public async Task Candidates_are_tried_in_order(string name, Errno? expected)
    {
        LaunchProgramBuilder builder = new();
        builder.Execute([$"/nowhere/{name}", $"/etc/{name}", $"/bin/sh/{name}", $"/bin/{(name == "passwd" ? "none" : name)}"], [name, "-c", ":"], [], name);

        if (expected is null)
        {
            Assert.Equal(0, (await RunAsync(builder.Build())).Exit.ExitCode);
            return;
        }

        LaunchException failure = await Assert.ThrowsAsync<LaunchException>(() => ProcessLauncher.StartAsync(builder.Build(), new LaunchDescriptors(), cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal((expected, name), (failure.Failure.Errno, failure.Failure.Path));
    }

    [Fact]
    public async Task Checkpoint_waits_for_the_starter()
    {
        LaunchProgramBuilder builder = new();
        builder.ContinueInChild(0);
        builder.Checkpoint(3);
        builder.Execute(["/bin/true"], ["true"], [], "true");
        List<(int, bool)> seen = [];

        LaunchedProcess process = await ProcessLauncher.StartAsync(
            builder.Build(),
            new LaunchDescriptors(),
            (number, pid) =>
            {
                seen.Add((number, Directory.Exists($"/proc/{pid}")));
                return default;
            },
            TestContext.Current.CancellationToken);
        using (process.Handle)
        {
            Assert.Equal(0, (await process.Handle.WaitAsync(TestContext.Current.CancellationToken)).ExitCode);
        }

        Assert.Equal([(3, true)], seen);
    }

    [Fact]
    public async Task Cancelled_launch_leaves_no_process()
    {
        using CancellationTokenSource source = new();
        LaunchProgramBuilder builder = new();
        builder.ContinueInChild(0);
        builder.Checkpoint(0);
        builder.Execute(["/bin/sleep"], ["sleep", "1000"], [], "sleep");
        int started = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ProcessLauncher.StartAsync(
            builder.Build(),
            new LaunchDescriptors(),
            (_, pid) =>
            {
                started = pid;
                source.Cancel();
                return default;
            },
            source.Token));

        Assert.NotEqual(0, started);
        Assert.False(Directory.Exists($"/proc/{started}"));
    }

    [Fact]
    public async Task Launched_program_holds_no_descriptor_but_its_streams()
    {
        // Descriptor 3 is the directory that ls itself reads.
        LaunchProgramBuilder builder = new();
        builder.CloseForeignDescriptors(0);
        builder.ContinueInChild(0);
        builder.CloseOnExecute();
        builder.Execute(["/bin/ls"], ["ls", "/proc/self/fd"], [], "ls");

        (string output, _, _) = await RunAsync(builder.Build());

        Assert.Equal("0\n1\n2\n3\n", output);
    }

    private static async Task<(string Output, string Error, ProcessExit Exit)> RunAsync(LaunchProgram program)
    {
        using PipeEnds output = PipeEnds.Create();
        using PipeEnds error = PipeEnds.Create();
        LaunchedProcess process = await ProcessLauncher.StartAsync(program, new LaunchDescriptors { StandardOutput = output.Write, StandardError = error.Write }, cancellationToken: TestContext.Current.CancellationToken);
        output.Write.Dispose();
        error.Write.Dispose();
        using (process.Handle)
        {
            string outText = await ReadAllAsync(FdPipe.OpenReader(output.Read));
            string errText = await ReadAllAsync(FdPipe.OpenReader(error.Read));
            return (outText, errText, await process.Handle.WaitAsync(TestContext.Current.CancellationToken));
        }
    }

    private static async Task<string> ReadAllAsync(PipeReader reader)
    {
        using StreamReader text = new(reader.AsStream());
        return await text.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
