using ContainerKit.IntegrationTests.Options;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Files;

/// <summary>Files that a spec brings are there when the command starts.</summary>
public sealed class SpecFilesTests(BusyboxFixture busybox) : OptionTest(busybox), IClassFixture<BusyboxFixture>
{
    [Fact]
    public async Task Text_bytes_and_modes_are_there_from_the_first_instruction_on()
    {
        ContainerSpec spec = Script("cat /etc/app/deep/app.conf /plain; stat -c '%a %u' /etc/app/deep/app.conf /plain; stat -c %a /tmp")
            .WithFile("/etc/app/deep/app.conf", "text\n")
            .WithFile(ContainerFile.FromBytes("/plain", "bytes\n"u8.ToArray()).WithMode(UnixFileMode.UserRead | UnixFileMode.UserWrite));

        Assert.Equal("text\nbytes\n644 0\n600 0\n1777\n", await OutputAsync(spec));
    }

    [Fact]
    public async Task Owners_are_names_or_numbers()
    {
        Busybox.RequireUsers();
        ContainerSpec spec = Script("stat -c '%U %u %g' /one /two")
            .WithFile(ContainerFile.FromText("/one", "").WithOwner("app"))
            .WithFile(ContainerFile.FromText("/two", "").WithOwner("1001:2000"));

        Assert.Equal("app 1000 1000\nother 1001 2000\n", await OutputAsync(spec));
    }

    [Fact]
    public async Task Directories_come_with_what_is_in_them_also_for_containers_that_are_created_first()
    {
        string directory = Directory.CreateTempSubdirectory("ck-files-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(directory, "sub"));
            await File.WriteAllTextAsync(Path.Combine(directory, "sub", "file"), "of this machine\n", Token);
            File.SetUnixFileMode(Path.Combine(directory, "sub", "file"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
            File.CreateSymbolicLink(Path.Combine(directory, "link"), "sub/file");
            Container created = await Engine.Containers.CreateAsync(Script("cat /data/link; stat -c %a /data/sub/file").WithFile(ContainerFile.FromPath("/data", directory)), Token);
            await created.StartAsync(Token);
            Assert.True((await created.WaitAsync(Token)).IsSuccess);

            Assert.Equal("of this machine\n500\n", await LogAsync(created));

            await created.RemoveAsync(cancellationToken: Token);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Missing_file_is_named_and_no_container_is_left()
    {
        string name = "files-" + Guid.NewGuid().ToString("n");

        NotFoundException e = await Assert.ThrowsAsync<NotFoundException>(
            () => StartAsync(Script("true").WithName(name).WithFile(ContainerFile.FromPath("/etc/seed.sql", "/nowhere/seed.sql"))));

        Assert.Contains("/nowhere/seed.sql", e.Message, StringComparison.Ordinal);
        Assert.Contains("/etc/seed.sql", e.Message, StringComparison.Ordinal);
        Assert.Null(await Engine.Containers.FindAsync(name, Token));
        Assert.Throws<ArgumentException>(() => ContainerFile.FromText("relative", ""));
        Assert.Throws<ArgumentException>(() => ContainerFile.FromText("/", ""));
    }
}
