using System.Runtime.InteropServices;
using System.Text;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Paths;
using ContainerKit.TestSupport.Files;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace ContainerKit.Linux.Tests.Paths;

public sealed class RootedDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _temp = new();
    private readonly RootedDirectory _root;

    public RootedDirectoryTests() => _root = RootedDirectory.Open(_temp.Path);

    public void Dispose()
    {
        _root.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public void Kernel_structures_have_the_kernels_sizes()
    {
        Assert.Equal(24, Marshal.SizeOf<OpenHow>());
        Assert.Equal(256, Marshal.SizeOf<StatX>());
        Assert.Equal(16, Marshal.SizeOf<FileTime>());
        Assert.Equal(112, (int)Marshal.OffsetOf<StatX>(nameof(StatX.ModifiedSeconds)));
        Assert.Equal(128, (int)Marshal.OffsetOf<StatX>(nameof(StatX.NodeMajor)));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../../../../../../etc/passwd")]
    [InlineData("absolute-link")]
    [InlineData("relative-link")]
    public void A_path_never_leaves_the_directory(string path)
    {
        File.CreateSymbolicLink(_temp["absolute-link"], "/etc/passwd");
        File.CreateSymbolicLink(_temp["relative-link"], "../../../../../../../etc/passwd");
        LinuxException error = Assert.Throws<LinuxException>(() => _root.OpenRegularFile(Encoding.UTF8.GetBytes(path)));
        Assert.Equal(Errno.ENOENT, error.Errno);

        Directory.CreateDirectory(_temp["etc"]);
        File.WriteAllText(_temp["etc/passwd"], "inside");
        using SafeFileHandle file = _root.OpenRegularFile(Encoding.UTF8.GetBytes(path))!;
        using var reader = new StreamReader(new FileStream(file, FileAccess.Read));
        Assert.Equal("inside", reader.ReadToEnd());
    }

    [Fact]
    public void A_magic_link_of_proc_is_refused()
    {
        using RootedDirectory proc = RootedDirectory.Open("/proc");
        LinuxException error = Assert.Throws<LinuxException>(() => proc.OpenDirectory("self/root"u8));
        Assert.Equal(Errno.ELOOP, error.Errno);
    }

    [Fact]
    public void Only_regular_files_are_opened()
    {
        _root.CreateNode("fifo"u8, FileType.Fifo, 0x1B6);
        _root.CreateDirectory("directory"u8, 0x1ED);
        Assert.Null(_root.OpenRegularFile("fifo"u8));
        Assert.Null(_root.OpenRegularFile("directory"u8));
        using RootedDirectory dev = RootedDirectory.Open("/dev");
        Assert.Null(dev.OpenRegularFile("zero"u8));
    }

    [Fact]
    public void Resolution_without_mount_points_stops_at_a_mount()
    {
        using RootedDirectory root = RootedDirectory.Open("/");
        Assert.Null(root.TryOpenDirectory("proc"u8, PathResolution.NoMountPoints, out Errno reason));
        Assert.Equal(Errno.EXDEV, reason);
        Assert.True(root.GetStatus("proc"u8).IsMountRoot);
    }

    [Fact]
    public void Names_are_bytes()
    {
        byte[] name = [0xff, 0xfe, (byte)'\n', (byte)'x'];
        _root.CreateFile(name, 0x1A4).Dispose();
        _root.CreateSymbolicLink("link"u8, name);
        Assert.Equal(name, _root.ReadSymbolicLink("link"u8));
        Assert.Contains(_root.EnumerateEntries(), entry => entry.AsSpan().SequenceEqual(name));
        _root.Rename(name, _root, "plain"u8);
        Assert.Null(_root.TryGetStatus(name));
        Assert.Equal("\\xff\\xfe\\x0ax", FileName.Display(name));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    public void An_entry_has_one_component(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        Assert.ThrowsAny<ArgumentException>(() => _root.CreateDirectory(bytes, 0x1ED));
        Assert.ThrowsAny<ArgumentException>(() => _root.CreateFile(bytes, 0x1ED));
        Assert.ThrowsAny<ArgumentException>(() => _root.RemoveFile(bytes));
        Assert.ThrowsAny<ArgumentException>(() => _root.CreateSymbolicLink(bytes, "x"u8));
    }

    [Fact]
    public void Attributes_of_links_are_their_own()
    {
        File.WriteAllText(_temp["file"], "x");
        _root.SetMode("file"u8, 0x980);
        _root.SetModifiedTime("file"u8, -5, 123456789);
        _root.CreateSymbolicLink("link"u8, "file"u8);
        _root.SetModifiedTime("link"u8, 1, 2);
        Assert.Throws<LinuxException>(() => _root.SetMode("link"u8, 0x1FF));

        FileStatus file = _root.GetStatus("file"u8);
        Assert.Equal((0x980u, -5L, 123456789u), (file.Mode, file.ModifiedSeconds, file.ModifiedNanoseconds));
        FileStatus link = _root.GetStatus("link"u8);
        Assert.Equal((FileType.SymbolicLink, 1L, 2u), (link.Type, link.ModifiedSeconds, link.ModifiedNanoseconds));
        _root.SetOwner("link"u8, link.UserId, link.GroupId);
    }

    [Fact]
    public void The_directory_itself_has_the_empty_name()
    {
        _root.SetModifiedTime(default, 1000, 7);
        _root.SetMode(default, 0x1C0);
        FileStatus status = _root.GetStatus(default);
        Assert.Equal((FileType.Directory, 0x1C0u, 1000L, 7u), (status.Type, status.Mode, status.ModifiedSeconds, status.ModifiedNanoseconds));
    }

    [Fact]
    public void Extended_attributes_are_set_listed_and_read()
    {
        File.WriteAllText(_temp["file"], "x");
        byte[] value = [0, 1, 255];
        try
        {
            _root.SetExtendedAttribute("file"u8, "user.note"u8, value);
        }
        catch (LinuxException e) when (e.Errno == Errno.EOPNOTSUPP)
        {
            Assert.Skip("missing capability: user extended attributes on the temporary directory's file system");
        }
        _root.SetExtendedAttribute(default, "user.here"u8, "y"u8);
        Assert.Equal(value, _root.GetExtendedAttribute("file"u8, "user.note"u8));
        Assert.Equal("y"u8.ToArray(), _root.GetExtendedAttribute(default, "user.here"u8));
        Assert.Null(_root.GetExtendedAttribute("file"u8, "user.other"u8));
        Assert.Contains(_root.ListExtendedAttributes("file"u8), name => name.AsSpan().SequenceEqual("user.note"u8));
    }

    [Fact]
    public void A_whiteout_can_be_made_without_privileges()
    {
        _root.CreateWhiteout("gone"u8);
        Assert.True(_root.GetStatus("gone"u8).IsOverlayWhiteout);
    }

    [Fact]
    public void A_hard_link_to_a_symbolic_link_links_the_link()
    {
        _root.CreateSymbolicLink("link"u8, "/etc/shadow"u8);
        _root.CreateHardLink("second"u8, _root, "link"u8);
        Assert.Equal(FileType.SymbolicLink, _root.GetStatus("second"u8).Type);
        Assert.Equal(_root.GetStatus("link"u8).Inode, _root.GetStatus("second"u8).Inode);
    }
}
