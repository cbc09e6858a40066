using ContainerKit.Linux.Paths;
using ContainerKit.TestSupport.Files;
using Xunit;

namespace ContainerKit.Linux.Tests.Paths;

public sealed class FileTreeRemoverTests : IDisposable
{
    private readonly TemporaryDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    private static FileTreeRemoval Remove(string path) => FileTreeRemover.Remove(path, TestContext.Current.CancellationToken);

    [Fact]
    public void A_missing_tree_is_removed_already()
    {
        Assert.True(Remove(_temp["missing"]).IsComplete);
        Assert.True(Remove(_temp["missing/below"]).IsComplete);
    }

    [Fact]
    public void Links_are_removed_and_not_followed()
    {
        Directory.CreateDirectory(_temp["outside/kept"]);
        File.WriteAllText(_temp["outside/kept/file"], "x");
        Directory.CreateDirectory(_temp["tree/a/b"]);
        File.CreateSymbolicLink(_temp["tree/a/link"], _temp["outside"]);
        File.CreateSymbolicLink(_temp["tree-link"], _temp["tree"]);

        Assert.True(Remove(_temp["tree-link"]).IsComplete);
        Assert.True(Directory.Exists(_temp["tree"]));
        Assert.True(Remove(_temp["tree"]).IsComplete);
        Assert.False(Directory.Exists(_temp["tree"]));
        Assert.True(File.Exists(_temp["outside/kept/file"]));
    }

    [Fact]
    public void A_tree_of_ten_thousand_levels_is_removed_with_few_descriptors()
    {
        Directory.CreateDirectory(_temp["deep"]);
        RootedDirectory current = RootedDirectory.Open(_temp["deep"]);
        byte[] name = new byte[FileName.MaxLength];
        Array.Fill(name, (byte)'d');
        for (int i = 0; i < 10_000; i++)
        {
            current.CreateDirectory(name, 0x1C0);
            current.CreateFile("file"u8, 0x180).Dispose();
            RootedDirectory next = current.OpenDirectory(name);
            current.Dispose();
            current = next;
        }
        current.Dispose();

        FileTreeRemoval removal = Remove(_temp["deep"]);
        Assert.Empty(removal.Failures);
        Assert.True(removal.IsComplete);
        Assert.Empty(Directory.GetFileSystemEntries(_temp.Path));
    }

    [Fact]
    public void Directories_without_permissions_are_removed()
    {
        Directory.CreateDirectory(_temp["tree/closed/inner"]);
        File.WriteAllText(_temp["tree/closed/inner/file"], "x");
        using (RootedDirectory root = RootedDirectory.Open(_temp.Path))
        using (RootedDirectory tree = root.OpenDirectory("tree"u8))
        using (RootedDirectory closed = root.OpenDirectory("tree/closed"u8))
        {
            closed.SetMode("inner"u8, 0);
            closed.SetMode(default, 0);
            tree.SetMode(default, 0x100);
        }
        Assert.True(Remove(_temp["tree"]).IsComplete);
    }

    [Fact]
    public void Many_entries_and_hostile_names_are_removed()
    {
        using (RootedDirectory root = RootedDirectory.Open(_temp.Path))
        {
            root.CreateDirectory("tree"u8, 0x1C0);
            using RootedDirectory tree = root.OpenDirectory("tree"u8);
            tree.CreateFile("-rf"u8, 0x180).Dispose();
            tree.CreateFile([0xff, (byte)'\n'], 0x180).Dispose();
            tree.CreateNode("fifo"u8, FileType.Fifo, 0);
            for (int i = 0; i < 5000; i++)
            {
                tree.CreateDirectory([0xfe, .. System.Text.Encoding.ASCII.GetBytes($"{i}")], 0);
            }
        }
        Assert.True(Remove(_temp["tree"]).IsComplete);
    }

    [Fact]
    public void What_another_user_owns_is_reported()
    {
        if (Environment.IsPrivilegedProcess)
        {
            // As root nothing is foreign; a mount stands for what can't be removed.
            FileTreeRemoval mount = Remove("/proc/self/ns");
            Assert.False(mount.IsComplete);
            Assert.NotEmpty(mount.Failures);
            return;
        }
        FileTreeRemoval removal = Remove("/proc/1/ns");
        Assert.False(removal.IsComplete);
        Assert.NotEmpty(removal.Failures);
    }

    [Fact]
    public void A_cancelled_removal_stops()
    {
        Directory.CreateDirectory(_temp["tree/a"]);
        Assert.Throws<OperationCanceledException>(() => FileTreeRemover.Remove(_temp["tree"], new CancellationToken(canceled: true)));
        Assert.True(Directory.Exists(_temp["tree/a"]));
    }
}
