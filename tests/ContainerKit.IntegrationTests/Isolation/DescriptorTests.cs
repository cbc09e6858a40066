using ContainerKit.Linux;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Launching;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace ContainerKit.IntegrationTests.Isolation;

/// <summary>No descriptor of the host may reach a container: through one to a directory it could leave its root.</summary>
[Collection(IsolationCollection.Name)]
public sealed class DescriptorTests(IsolationFixture fixture)
{
    private const int Highest = 400;

    /// <summary>A library of the host that forgets O_CLOEXEC is the usual way for a descriptor to get into a child.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(5)]
    [InlineData(0)]
    public async Task Descriptor_without_close_on_exec_stays_outside(int lowest)
    {
        using SafeFileHandle file = File.OpenHandle(Path.Combine(fixture.HostDirectory, "secret" + lowest), FileMode.Create, FileAccess.ReadWrite);
        using SafeFileHandle inheritable = Inheritable(file, lowest);

        string probe = fixture.AddProbe(FindOpenDescriptor());
        ExecResult command = await fixture.Engine.Containers.RunAsync(fixture.Spec.WithCommand(probe), cancellationToken: IsolationFixture.Token);
        ExecResult further = await fixture.Running.ExecAsync([probe], IsolationFixture.Token);

        // The exit code is the first open descriptor beyond the standard streams.
        Assert.Equal((0, 0), (command.ExitCode, further.ExitCode));
    }

    [Fact]
    public async Task Standard_streams_are_pipes_and_nothing_of_the_host()
    {
        string listing = await fixture.ShellAsync("ls -l /proc/1/fd");

        string[] targets = [.. listing.Split('\n').Where(l => l.Contains(" -> ", StringComparison.Ordinal)).Select(l => l.Split(" -> ")[1])];
        Assert.Equal(3, targets.Length);
        Assert.All(targets, t => Assert.True(t == "/dev/null" || t.StartsWith("pipe:", StringComparison.Ordinal), t));
    }

    /// <summary>CVE-2024-21626: a working directory that is a leaked descriptor of the host.</summary>
    [Fact]
    public async Task Working_directory_of_a_descriptor_leads_nowhere()
    {
        for (int number = 3; number <= 20; number++)
        {
            string path = "/proc/self/fd/" + number;
            await Assert.ThrowsAsync<ContainerStartException>(() => fixture.Engine.Containers.RunAsync(
                fixture.Spec.WithWorkingDirectory(path).WithCommand("pwd"), cancellationToken: IsolationFixture.Token));
            await Assert.ThrowsAsync<ContainerStartException>(() => fixture.Running.ExecAsync(
                ExecSpec.ForCommand("pwd").WithWorkingDirectory(path), IsolationFixture.Token));
        }
    }

    /// <summary>The same by a link, and with a further directory that would be made behind the descriptor.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("/made")]
    public async Task Working_directory_behind_a_link_to_a_descriptor_leads_nowhere(string suffix)
    {
        string image = Directory.CreateDirectory(Path.Combine(fixture.HostDirectory, "links" + suffix.Length)).FullName;
        Probe.Write(Path.Combine(image, "exit"), p => p.Call("getpid"));
        for (int number = 3; number <= 20; number++)
        {
            File.CreateSymbolicLink(Path.Combine(image, "work" + number), "/proc/self/fd/" + number);
        }

        ContainerSpec spec = ContainerSpec.FromImage(await fixture.Engine.Images.FromDirectoryAsync(image, IsolationFixture.Token)).WithCommand("/exit");
        for (int number = 3; number <= 20; number++)
        {
            await Assert.ThrowsAsync<ContainerStartException>(() => fixture.Engine.Containers.RunAsync(
                spec.WithWorkingDirectory($"/work{number}{suffix}"), cancellationToken: IsolationFixture.Token));
        }
    }

    private static SafeFileHandle Inheritable(SafeFileHandle file, int lowest)
    {
        const int F_DUPFD = 0;
        int number = LibC.fcntl_number((int)file.DangerousGetHandle(), F_DUPFD, lowest);
        GC.KeepAlive(file);
        return new SafeFileHandle(LinuxException.ThrowIfFailed(number, "fcntl F_DUPFD"), ownsHandle: true);
    }

    private static LaunchProgram FindOpenDescriptor()
    {
        const int F_GETFD = 1;
        LaunchProgramBuilder program = new();
        for (int number = 3; number < Highest; number++)
        {
            LaunchLabel next = program.DefineLabel();
            LaunchOperation flags = program.Call("fcntl", number, F_GETFD).TolerateAll();
            program.JumpIfEqual(flags.Result, -(long)Errno.EBADF, next);
            program.Call("exit_group", Math.Min(number, 255));
            program.Mark(next);
        }

        program.Call("exit_group", 0);
        return program.Build();
    }
}
