using System.IO.Pipelines;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Io;
using Xunit;

namespace ContainerKit.Linux.Tests.Io;

public sealed class TerminalTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_terminal_echoes_and_talks_to_its_program()
    {
        using TerminalPair pair = TerminalPair.Open();
        using PseudoTerminal terminal = pair.TakeMaster();
        using PidFd child = PidFd.Open(SpawnedChild.Shell("read line; echo got $line; stty size", pair.Slave, pair.Slave));
        terminal.Resize(40, 120);
        Assert.Equal(new TerminalSize(40, 120), Terminal.GetSize(pair.Slave));
        pair.Slave.Dispose();

        await terminal.Input.WriteTextAsync("hello\n");
        string shown = await terminal.Output.ReadToEndAsync();
        Assert.Equal("hello\r\ngot hello\r\n40 120\r\n", shown);
        Assert.Equal(0, (await child.WaitAsync(Cancelled)).ExitCode);
    }

    [Fact]
    public async Task The_last_close_of_the_terminal_is_the_end_of_output()
    {
        using TerminalPair pair = TerminalPair.Open();
        using PseudoTerminal terminal = pair.TakeMaster();
        Task<ReadResult> pending = terminal.Output.ReadAsync(Cancelled).AsTask();
        Assert.False(pending.IsCompleted);
        pair.Slave.Dispose();
        ReadResult result = await pending;
        Assert.True(result is { IsCompleted: true, IsCanceled: false, Buffer.IsEmpty: true });
    }

    [Fact]
    public async Task Completing_one_direction_leaves_the_other_and_disposing_closes_all()
    {
        using TerminalPair pair = TerminalPair.Open();
        PseudoTerminal terminal = pair.TakeMaster();
        await terminal.Input.CompleteAsync();
        FdPipeReaderTests.Write(pair.Slave, "shown");
        Assert.Equal("shown", await terminal.Output.ReadUntilAsync("shown"));
        await terminal.Output.CompleteAsync();
        Assert.Equal(new TerminalSize(0, 0), terminal.GetSize());
        terminal.Dispose();
        terminal.Dispose();
        Assert.True(pair.Master.IsClosed);
        Assert.Throws<ObjectDisposedException>(() => terminal.Resize(1, 1));

        // A hang-up: the other side reads the end of file.
        PipeReader slave = FdPipe.OpenReader(pair.Slave);
        Assert.Equal("", await slave.ReadToEndAsync());
        await slave.CompleteAsync();
    }

    [Fact]
    public async Task Output_that_waits_ends_when_the_terminal_is_disposed()
    {
        using TerminalPair pair = TerminalPair.Open();
        PseudoTerminal terminal = pair.TakeMaster();
        Task<ReadResult> pending = terminal.Output.ReadAsync(Cancelled).AsTask();
        terminal.Dispose();
        Assert.True((await pending).IsCanceled);
    }

    [Fact]
    public async Task Input_that_nobody_reads_waits_and_is_dropped_on_dispose()
    {
        using TerminalPair pair = TerminalPair.Open();
        PseudoTerminal terminal = pair.TakeMaster();
        using (TerminalMode.EnterRaw(pair.Slave))
        {
            // In raw mode a terminal takes 4 KiB that nobody reads, then it is full.
            Task<FlushResult> flush = terminal.Input.WriteAsync(new byte[200_000], Cancelled).AsTask();
            Assert.False(flush.IsCompleted);
            terminal.Dispose();
            Assert.True((await flush).IsCanceled);
        }
    }

    [Fact]
    public void Something_else_than_a_master_is_refused()
    {
        using PipeEnds pipe = PipeEnds.Create();
        Assert.Equal(Errno.ENOTTY, Assert.Throws<LinuxException>(() => new PseudoTerminal(pipe.Read)).Errno);
        Assert.True(pipe.Read.IsClosed);
    }

    [Fact]
    public void Raw_mode_is_put_back()
    {
        using TerminalPair pair = TerminalPair.Open();
        byte[] before = Settings(pair.Slave);
        TerminalMode mode = TerminalMode.EnterRaw(pair.Slave);
        Assert.NotEqual(before, Settings(pair.Slave));
        mode.Dispose();
        Assert.Equal(before, Settings(pair.Slave));
        mode.Dispose();
    }

    [Fact]
    public void Only_terminals_have_a_size()
    {
        using TerminalPair pair = TerminalPair.Open();
        using PipeEnds pipe = PipeEnds.Create();
        Assert.True(Terminal.IsTerminal(pair.Slave));
        Assert.False(Terminal.IsTerminal(pipe.Read));
        Assert.Equal(Errno.ENOTTY, Assert.Throws<LinuxException>(() => Terminal.GetSize(pipe.Read)).Errno);
        Assert.Equal(Errno.ENOTTY, Assert.Throws<LinuxException>(() => TerminalMode.EnterRaw(pipe.Read)).Errno);
        Assert.Throws<ArgumentOutOfRangeException>(() => Terminal.SetSize(pair.Master, new TerminalSize(-1, 65_536)));
    }

    private static unsafe byte[] Settings(FileDescriptor terminal)
    {
        var settings = new byte[LibC.TermiosSize];
        fixed (byte* pointer = settings)
        {
            LinuxException.ThrowIfFailed(LibC.tcgetattr(terminal, pointer), "tcgetattr");
        }

        return settings;
    }
}
