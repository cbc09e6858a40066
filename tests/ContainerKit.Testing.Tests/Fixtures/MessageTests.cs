using System.Net;
using System.Net.Sockets;
using Xunit;

namespace ContainerKit.Testing.Tests.Fixtures;

/// <summary>What people read who lack something: what is missing, and how to get it.</summary>
public sealed class MessageTests(TestBed bed)
{
    private static CancellationToken Token => TestBed.Token;

    [Fact]
    public async Task User_without_a_range_of_ids_reads_the_command_that_gives_one()
    {
        Assert.SkipWhen(bed.MapsUsers, "missing capability: a user without a range of ids");

        UnsupportedException e = await Assert.ThrowsAsync<UnsupportedException>(
            () => bed.Engine.Containers.StartAsync(TestBed.Script("exec sleep 1000").WithUser("1000:1000"), Token));

        Assert.Contains("1000:1000", e.Message, StringComparison.Ordinal);
        Assert.Contains("usermod --add-subuids", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limit_without_a_delegated_cgroup_reads_how_to_get_one()
    {
        Assert.SkipUnless(bed.Engine.IsRootless, "missing capability: an ordinary user");
        try
        {
            await using Container container = await bed.Engine.Containers.StartAsync(TestBed.Script("exec sleep 1000").WithMemoryLimit(ByteSize.MiB(64)), Token);
            Assert.Skip("missing capability: a user without a delegated cgroup");
        }
        catch (UnsupportedException e)
        {
            Assert.Contains("Limits can't be set", e.Message, StringComparison.Ordinal);
            Assert.Contains("cgroup", e.Message, StringComparison.Ordinal);

            // By the version of the host's cgroups: how a user gets one, or that only root has them.
            Assert.Matches("Delegate=|need root", e.Message);
        }
    }

    [Fact]
    public async Task Port_that_is_taken_reads_by_whom_and_what_to_do()
    {
        await bed.RequireNetworksAsync();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        int port = ((IPEndPoint)other.LocalEndpoint).Port;

        ConflictException e = await Assert.ThrowsAsync<ConflictException>(
            () => bed.Engine.Containers.StartAsync(TestBed.Script("exec sleep 1000").WithPort(80, port), Token));

        Assert.Contains($":{port}", e.Message, StringComparison.Ordinal);
        Assert.Contains($"(pid {Environment.ProcessId})", e.Message, StringComparison.Ordinal);
        Assert.Contains("Choose another port, or none to get a free one", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_that_is_missing_is_named_with_the_ways_to_get_it()
    {
        NotFoundException e = await Assert.ThrowsAsync<NotFoundException>(() => bed.Engine.Containers.StartAsync(ContainerSpec.FromImage("nobody/has:this"), Token));

        Assert.Contains("nobody/has:this", e.Message, StringComparison.Ordinal);
        Assert.Contains("Load, import or pull it first", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_that_the_image_lacks_is_named()
    {
        ContainerStartException e = await Assert.ThrowsAsync<ContainerStartException>(
            () => bed.Engine.Containers.StartAsync(ContainerSpec.FromImage("dir:/").WithCommand("no-such-server").WaitFor(Wait.ForPort(80)), Token));

        Assert.Equal(127, e.ExitCode);
        Assert.Contains("no-such-server", e.Message, StringComparison.Ordinal);
        Assert.Contains("$PATH", e.Message, StringComparison.Ordinal);
    }
}
