using System.IO.Pipelines;
using System.Text;
using Xunit;

namespace ContainerKit.Tests.Containers;

public class AttachTests : EngineTest
{
    private static async Task<string> ReadToEndAsync(PipeReader reader)
    {
        using var stream = new StreamReader(reader.AsStream(leaveOpen: true), Encoding.UTF8);
        return await stream.ReadToEndAsync(Token);
    }

    [Fact]
    public async Task Everybody_who_attaches_before_the_start_gets_everything()
    {
        Runtime.Script = async process =>
        {
            await process.WriteAsync("out");
            await process.WriteErrorAsync("err");
            process.Exit(0);
        };
        Container container = await Containers.CreateAsync(Spec, Token);
        await using ContainerAttachment first = await container.AttachAsync(cancellationToken: Token);
        await using ContainerAttachment second = await container.AttachAsync(cancellationToken: Token);
        Assert.Null(first.StandardInput);
        await container.StartAsync(Token);
        await container.WaitAsync(Token);
        foreach (ContainerAttachment attachment in (ContainerAttachment[])[first, second])
        {
            Assert.Equal("out", await ReadToEndAsync(attachment.StandardOutput));
            Assert.Equal("err", await ReadToEndAsync(attachment.StandardError!));
        }
    }

    [Fact]
    public async Task Input_is_forwarded_and_its_end_closes_the_containers_input()
    {
        Runtime.Script = async process =>
        {
            using var reader = new StreamReader(process.Input.AsStream());
            await process.WriteAsync((await reader.ReadToEndAsync(Token)).ToUpperInvariant());
            process.Exit(0);
        };
        await using Container container = await Containers.StartAsync(Spec.WithOpenStdin(), Token);
        await using (ContainerAttachment passer = await container.AttachAsync(cancellationToken: Token))
            await passer.StandardInput!.WriteAsync("hello "u8.ToArray(), Token);
        await using ContainerAttachment attachment = await container.AttachAsync(cancellationToken: Token);
        await attachment.StandardInput!.WriteAsync("world"u8.ToArray(), Token);
        await attachment.StandardInput.CompleteAsync();
        Assert.EndsWith("WORLD", await ReadToEndAsync(attachment.StandardOutput), StringComparison.Ordinal);
        Assert.Equal(0, (await container.WaitAsync(Token)).ExitCode);
    }

    [Fact]
    public async Task With_a_terminal_there_is_one_stream_and_a_size()
    {
        await using Container container = await Containers.StartAsync(Spec.WithTerminal(), Token);
        await using ContainerAttachment attachment = await container.AttachAsync(cancellationToken: Token);
        Assert.Null(attachment.StandardError);
        Assert.NotNull(attachment.StandardInput);
        await container.ResizeAsync(new TerminalSize(5, 6), Token);
        Assert.Equal((5, 6), Runtime.LastProcess.Size);
    }

    [Fact]
    public async Task A_reader_that_stopped_is_cut_off_and_the_container_goes_on()
    {
        Runtime.Script = async process =>
        {
            for (int i = 0; i < 100; i++)
                await process.WriteAsync(new string((char)('a' + (i % 26)), 1023) + "\n");
            process.Exit(0);
        };
        Container container = await Containers.CreateAsync(Spec, Token);
        var options = new AttachOptions { BufferSize = ByteSize.KiB(4), StallTimeout = TimeSpan.FromMilliseconds(50) };
        await using ContainerAttachment stuck = await container.AttachAsync(options, Token);
        await using ContainerAttachment reading = await container.AttachAsync(cancellationToken: Token);
        Task<string> all = ReadToEndAsync(reading.StandardOutput);
        await container.StartAsync(Token);
        Assert.Equal(0, (await container.WaitAsync(Token)).ExitCode);
        Assert.Equal(100 * 1024, (await all).Length);
        Assert.Equal(100, await container.ReadLogsAsync(cancellationToken: Token).CountAsync(Token));
        IOException error = await Assert.ThrowsAsync<IOException>(() => ReadToEndAsync(stuck.StandardOutput));
        Assert.Contains("was not read", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_reader_gets_everything()
    {
        Runtime.Script = async process =>
        {
            for (int i = 0; i < 300; i++)
                await process.WriteAsync(new string('x', 1000));
            process.Exit(0);
        };
        Container container = await Containers.CreateAsync(Spec, Token);
        await using ContainerAttachment attachment = await container.AttachAsync(new AttachOptions { BufferSize = ByteSize.KiB(4), StallTimeout = TimeSpan.FromMinutes(5) }, Token);
        await container.StartAsync(Token);
        int length = 0;
        while (true)
        {
            ReadResult result = await attachment.StandardOutput.ReadAsync(Token);
            int taken = (int)Math.Min(result.Buffer.Length, 700);
            length += taken;
            attachment.StandardOutput.AdvanceTo(result.Buffer.GetPosition(taken));
            if (result.IsCompleted && taken == result.Buffer.Length)
                break;
            await Task.Yield();
        }

        Assert.Equal(300 * 1000, length);
        await container.WaitAsync(Token);
    }

    [Fact]
    public async Task Detaching_holds_nothing_back()
    {
        await using Container container = await Containers.StartAsync(Spec.WithOpenStdin(), Token);
        ContainerAttachment attachment = await container.AttachAsync(new AttachOptions { BufferSize = new ByteSize(1) }, Token);
        await attachment.DisposeAsync();
        await attachment.DisposeAsync();
        await Runtime.LastProcess.WriteAsync("more\n");
        Runtime.LastProcess.Exit(0);
        await container.WaitAsync(Token);
        Assert.Equal("more", (await container.ReadLogsAsync(cancellationToken: Token).SingleAsync(Token)).Text);
    }
}
