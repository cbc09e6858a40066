using System.Buffers.Binary;
using ContainerKit.Linux;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Namespaces;
using Xunit;

namespace ContainerKit.IntegrationTests.Isolation;

/// <summary>
/// Ways out of a container that were published, each by its number. Others are beside what they are about: CVE-2016-9962 in <see
/// cref="ProcessTests"/>, CVE-2019-5736 in <see cref="LauncherTests"/>, CVE-2022-0492 in <see cref="KernelFileTests"/>, CVE-2024-21626 in <see
/// cref="DescriptorTests"/>.
/// </summary>
[Collection(IsolationCollection.Name)]
public sealed class PublishedEscapeTests(IsolationFixture fixture)
{
    private const int Starts = 25;

    /// <summary>
    /// CVE-2021-30465: a container exchanges a directory of a volume for a link to the host's root while another one, which has the volume too, is
    /// given a mount below that directory.
    /// </summary>
    [Fact]
    public async Task CVE_2021_30465_exchanged_directory_of_a_volume_redirects_no_mount()
    {
        string volume = MakeDirectory("volume");
        string victim = MakeDirectory("victim");
        string source = MakeDirectory("source");
        Directory.CreateDirectory(Path.Combine(victim, "target"));
        string[] mounts = HostileImageTests.Mounts(fixture.HostDirectory);
        string link = "../../../../../../../../../.." + victim;
        await using Container hostile = await fixture.Engine.Containers.StartAsync(
            fixture.Spec.WithBind(volume, "/volume").WithCommand("sh", "-c", $"cd /volume; echo >ready; while :; do ln -s {link} place; rm -f place; mkdir place; rmdir place; ln -s /proc place; rm -rf place; done"),
            IsolationFixture.Token);

        int started = 0;
        for (int i = 0; i < Starts; i++)
        {
            try
            {
                ExecResult result = await fixture.Engine.Containers.RunAsync(
                    fixture.Spec.WithBind(volume, "/volume").WithTmpfs("/volume/place/target").WithBind(source, "/volume/place/bound").WithCommand("true"), cancellationToken: IsolationFixture.Token);
                started += result.ExitCode == 0 ? 1 : 0;
            }
            catch (ContainerStartException)
            {
                // What the kernel found in the place was a link, or nothing any more.
            }
        }

        TestContext.Current.SendDiagnosticMessage($"{started} of {Starts} starts found a directory.");
        Assert.Equal([Path.Combine(victim, "target")], Directory.GetFileSystemEntries(victim));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(victim, "target")));
        Assert.Empty(Directory.GetFileSystemEntries(source));
        Assert.Equal(mounts, HostileImageTests.Mounts(fixture.HostDirectory));
    }

    /// <summary>The same with a link through a descriptor of the launching process: its cgroup's directory, for one.</summary>
    [Fact]
    public async Task CVE_2021_30465_link_of_a_volume_through_a_descriptor_leads_nowhere()
    {
        string volume = MakeDirectory("links");
        for (int number = 0; number <= 30; number++)
        {
            File.CreateSymbolicLink(Path.Combine(volume, "fd" + number), "/proc/self/fd/" + number);
        }

        string made = "made-" + Guid.NewGuid().ToString("n");
        for (int number = 0; number <= 30; number++)
        {
            ContainerStartException failure = await Assert.ThrowsAsync<ContainerStartException>(() => fixture.Engine.Containers.RunAsync(
                fixture.Spec.WithBind(volume, "/volume").WithTmpfs($"/volume/fd{number}/{made}").WithCommand("true"), cancellationToken: IsolationFixture.Token));
            Assert.Contains("/volume/fd" + number, failure.Message, StringComparison.Ordinal);
        }

        var everywhere = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        Assert.False(Directory.Exists("/sys/fs/cgroup") && Directory.EnumerateDirectories("/sys/fs/cgroup", made, everywhere).Any());
    }

    /// <summary>CVE-2022-0492 begins with namespaces in which a container would be root over cgroups.</summary>
    [Fact]
    public async Task CVE_2022_0492_cgroups_cannot_be_mounted_through_new_namespaces()
    {
        Assert.Equal(Errno.EPERM, await fixture.TryAsync(p => p.Unshare(NamespaceKinds.CLONE_NEWUSER | NamespaceKinds.CLONE_NEWNS | NamespaceKinds.CLONE_NEWCGROUP)));
        Assert.Equal(Errno.EPERM, await fixture.TryAsync(p => p.Call("mount", p.Text("cgroup"), p.Text("/mnt"), p.Text("cgroup"), 0, p.Text("rdma"))));
    }

    /// <summary>CVE-2024-1086 needs a user namespace, and in it the right to talk to nf_tables. Neither is to be had.</summary>
    [Fact]
    public async Task CVE_2024_1086_has_no_user_namespace_to_begin_with()
    {
        const long SIGCHLD = 17;

        Assert.Equal(Errno.EPERM, await fixture.TryAsync(p => p.Unshare(NamespaceKinds.CLONE_NEWUSER)));
        Assert.Equal(Errno.EPERM, await fixture.TryAsync(p => p.Unshare(NamespaceKinds.CLONE_NEWUSER | NamespaceKinds.CLONE_NEWNET)));
        Assert.Equal(Errno.EPERM, await fixture.TryAsync(p => p.Call("clone", (long)NamespaceKinds.CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)));
        Assert.Equal(Errno.ENOSYS, await fixture.TryAsync(p => p.Call("clone3", p.Bytes(stackalloc byte[88], "{}"), 88)));
    }

    [Fact]
    public async Task CVE_2024_1086_nf_tables_do_not_listen_to_a_container()
        => Assert.Contains(await fixture.TryAsync(AskNfTables), new Errno?[] { Errno.EPERM, Errno.EPROTONOSUPPORT });

    /// <summary>Sends a request to nf_tables; its value is the error of the answer, netlink(7).</summary>
    private static LaunchOperation AskNfTables(LaunchProgramBuilder program)
    {
        const int AF_NETLINK = 16, SOCK_RAW = 3, NETLINK_NETFILTER = 12, NFT_MSG_GETTABLE = (10 << 8) | 1, NLM_F_REQUEST_ACK = 5;
        Span<byte> request = stackalloc byte[20];
        request.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(request, request.Length);
        BinaryPrimitives.WriteInt16LittleEndian(request[4..], NFT_MSG_GETTABLE);
        BinaryPrimitives.WriteInt16LittleEndian(request[6..], NLM_F_REQUEST_ACK);
        BinaryPrimitives.WriteInt32LittleEndian(request[8..], 1);
        request[16] = 2;

        LaunchLabel refused = program.DefineLabel();
        LaunchOperation socket = program.Call("socket", AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER).TolerateAll();
        program.JumpIfEqual(socket.Result, -(long)Errno.EPROTONOSUPPORT, refused);
        program.Call("sendto", socket.Result, program.Bytes(request, "{NFT_MSG_GETTABLE}"), request.Length, 0, 0, 0);
        LaunchArgument answer = program.Bytes(stackalloc byte[256], "answer");
        program.Call("recvfrom", socket.Result, answer, 248, 0, 0, 0);
        LaunchOperation error = program.And(LaunchArgument.Indirect(answer.Value + 16, "error"), 0xFF);
        program.Call("exit_group", error.Result);
        program.Mark(refused);
        return program.Sum(socket.Result, 0);
    }

    private string MakeDirectory(string name) => Directory.CreateDirectory(Path.Combine(fixture.HostDirectory, $"{name}-{Guid.NewGuid():n}")).FullName;
}
