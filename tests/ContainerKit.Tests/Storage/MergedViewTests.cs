using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage;
using ContainerKit.TestSupport.Files;
using Xunit;

namespace ContainerKit.Tests.Storage;

public sealed class MergedViewTests : IDisposable
{
    private readonly TemporaryDirectory _temp = new();

    public MergedViewTests()
    {
        foreach (string layer in (string[])["top", "middle", "bottom"])
        {
            Directory.CreateDirectory(_temp[layer]);
        }
    }

    public void Dispose() => _temp.Dispose();

    private void Write(string path, string text = "")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_temp[path])!);
        File.WriteAllText(_temp[path], text);
    }

    private void Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_temp[path])!);
        File.CreateSymbolicLink(_temp[path], target);
    }

    private void With(string path, Action<RootedDirectory> action)
    {
        Directory.CreateDirectory(_temp[path]);
        using RootedDirectory directory = RootedDirectory.Open(_temp[path]);
        action(directory);
    }

    private MergedView Open() => new([_temp["top"], _temp["middle"], _temp["bottom"]]);

    [Fact]
    public void The_topmost_layer_wins_and_directories_merge()
    {
        Write("bottom/etc/passwd", "bottom");
        Write("bottom/etc/group", "bottom group");
        Write("middle/etc/passwd", "middle");
        using MergedView view = Open();
        Assert.Equal("middle", view.ReadAllText("/etc/passwd"));
        Assert.Equal("bottom group", view.ReadAllText("etc//./group"));
        Assert.Equal(_temp["middle/etc/passwd"], view.Find("/etc/passwd")!.HostPath);
        Assert.True(view.Find("/")!.IsDirectory);
        Assert.Equal(_temp["middle/etc"], view.Find("/etc")!.HostPath);
        Assert.Null(view.Find("/etc/passwd/x"));
        Assert.Null(view.Find("/nothing/here"));
    }

    [Fact]
    public void Whiteouts_and_opaque_directories_hide_what_is_below()
    {
        Write("bottom/etc/passwd", "bottom");
        Write("bottom/opt/a", "a");
        Write("bottom/srv/a", "a");
        With("middle/etc", etc => etc.CreateWhiteout("passwd"u8));
        With("middle", middle => middle.CreateWhiteout("srv"u8));
        Write("top/srv/b", "b");
        With("middle/opt", opt => opt.SetExtendedAttribute(default, OverlayAttributeNames.Default.Opaque(), "y"u8));
        using MergedView view = Open();
        Assert.Null(view.ReadAllText("/etc/passwd"));
        Assert.Null(view.Find("/opt/a"));
        Assert.NotNull(view.Find("/opt"));
        Assert.Null(view.Find("/srv/a"));
        Assert.Equal("b", view.ReadAllText("/srv/b"));
    }

    [Fact]
    public void Whiteouts_as_empty_files_with_an_attribute_count_where_the_directory_says_so()
    {
        Write("bottom/etc/a", "a");
        Write("middle/etc/a");
        With("middle/etc", etc => etc.SetExtendedAttribute("a"u8, OverlayAttributeNames.Default.Whiteout(), "y"u8));
        using (MergedView view = Open())
        {
            Assert.Equal("", view.ReadAllText("/etc/a"));
        }
        With("middle/etc", etc => etc.SetExtendedAttribute(default, OverlayAttributeNames.Default.Opaque(), "x"u8));
        using MergedView marked = Open();
        Assert.Null(marked.ReadAllText("/etc/a"));
    }

    [Fact]
    public void A_file_hides_a_directory_below()
    {
        Write("bottom/data/a", "a");
        Write("middle/data", "file");
        Write("top/data/b", "b");
        using MergedView view = Open();
        Assert.Null(view.Find("/data/a"));
        Assert.NotNull(view.Find("/data/b"));
    }

    [Fact]
    public void Links_stay_inside_and_cross_layers()
    {
        Write("bottom/usr/bin/sh", "sh");
        Link("top/bin", "usr/bin");
        Link("middle/usr/bin/bash", "/bin/../bin/sh");
        Link("middle/etc/passwd", "/../../../../etc/host-passwd");
        Link("middle/proc-link", "/proc/self/environ");
        using MergedView view = Open();
        MergedFile file = view.Find("/bin/bash")!;
        Assert.Equal("/usr/bin/sh", file.Path);
        Assert.Equal("sh", view.ReadAllText("/bin/bash"));
        Assert.Null(view.ReadAllText("/etc/passwd"));
        Assert.Null(view.ReadAllText("/proc-link"));
        Assert.Equal(FileType.SymbolicLink, view.Find("/bin", followLast: false)!.Status.Type);
        Assert.Equal("/usr/bin", view.Find("/bin")!.Path);
    }

    [Fact]
    public void A_link_loop_ends()
    {
        Link("top/a", "b");
        Link("top/b", "a");
        Link("top/self", "self/self/self");
        using MergedView view = Open();
        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => view.Find("/a/x")).Errno);
        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => view.ResolveDirectory("/self")).Errno);
    }

    [Fact]
    public void A_walk_up_and_down_ends()
    {
        Directory.CreateDirectory(_temp["top/d/d/d/d/d/d/d/d/d/d"]);
        string target = string.Concat(Enumerable.Repeat("d/d/d/d/d/d/d/d/d/d/../../../../../../../../../../", 80)) + "next";
        for (int i = 0; i < 30; i++)
        {
            Link($"top/link{i}", target.Replace("next", $"link{i + 1}", StringComparison.Ordinal));
        }
        using MergedView view = Open();
        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => view.Find("/link0")).Errno);
    }

    [Fact]
    public void Only_regular_files_of_bounded_size_are_read()
    {
        With("top/etc", etc => etc.CreateNode("passwd"u8, FileType.Fifo, 0x1B6));
        Directory.CreateDirectory(_temp["top/etc/group"]);
        Write("top/large", new string('x', 5000));
        using MergedView view = Open();
        Assert.Null(view.ReadAllText("/etc/passwd"));
        Assert.Null(view.ReadAllText("/etc/group"));
        Assert.Throws<InvalidContentException>(() => view.ReadAllText("/large", 4999));
        Assert.Equal(5000, view.ReadAllText("/large", 5000)!.Length);
    }

    [Fact]
    public void Missing_directories_are_named_in_the_order_of_their_making()
    {
        Link("top/data", "/srv/store");
        Directory.CreateDirectory(_temp["bottom/srv"]);
        Write("bottom/file");
        using MergedView view = Open();
        MergedPath path = view.Resolve("/data/a/../b/");
        Assert.Equal("/srv/store/b", path.Path);
        Assert.Null(path.Type);
        Assert.Equal(["/srv/store", "/srv/store/b"], path.Missing);
        Assert.Equal("/srv/store/b", view.ResolveDirectory("/data/b"));
        Assert.Equal("/", view.ResolveDirectory("/../../"));
        Assert.Equal("/srv", view.ResolveDirectory("/data/.."));
        Assert.Equal(Errno.ENOTDIR, Assert.Throws<LinuxException>(() => view.ResolveDirectory("/file")).Errno);
        Assert.Equal(Errno.ENOTDIR, Assert.Throws<LinuxException>(() => view.ResolveDirectory("/file/x")).Errno);
        Assert.Equal(FileType.Regular, view.Resolve("/file").Type);
    }

    [Fact]
    public void This_machines_root_is_a_layer_without_its_mounts()
    {
        using var view = new MergedView(["/"]);
        Assert.NotNull(view.Find("/bin/sh"));
        Assert.True(view.Find("/proc")!.IsDirectory);
        Assert.Null(view.Find("/proc/self"));
        Assert.StartsWith("root:", view.ReadAllText("/etc/passwd"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tree_that_changes_meanwhile_never_leads_outside()
    {
        Write("top/a/secret", "inside");
        Write("outside/secret", "outside");
        using MergedView view = Open();
        using var stop = new CancellationTokenSource();
        var swapper = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Directory.Move(_temp["top/a"], _temp["top/b"]);
                File.CreateSymbolicLink(_temp["top/a"], _temp["outside"]);
                File.Delete(_temp["top/a"]);
                Directory.Move(_temp["top/b"], _temp["top/a"]);
            }
        });
        swapper.Start();
        try
        {
            for (int i = 0; i < 3000; i++)
            {
                try
                {
                    Assert.NotEqual("outside", view.ReadAllText("/a/secret"));
                }
                catch (LinuxException e)
                {
                    Assert.Contains(e.Errno, new[] { Errno.EINVAL, Errno.ESTALE, Errno.ENOTDIR, Errno.ENOENT, Errno.ELOOP });
                }
            }
        }
        finally
        {
            stop.Cancel();
            swapper.Join();
        }
    }
}
