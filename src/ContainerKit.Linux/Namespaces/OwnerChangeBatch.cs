using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Launching;

namespace ContainerKit.Linux.Namespaces;

/// <summary>Owner changes as operations of a batch.</summary>
internal sealed class OwnerChangeBatch
{
    private const int FileNumber = 1000;
    private const int MaxChanges = 1500;
    private const int MaxData = 700_000;
    private const long PathFlags = 0x280000; // O_PATH | O_CLOEXEC
    private const ulong NoSymlinksBeneath = 0x04 | 0x08; // RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH

    private readonly LaunchProgramBuilder _batch;
    private readonly string _root;
    private readonly List<(int Operation, string Call, ReadOnlyMemory<byte> Path)> _checked = [];
    private readonly LaunchArgument _how;
    private readonly LaunchArgument _numbered;
    private int _count;

    internal OwnerChangeBatch(LaunchProgramBuilder batch, string root)
    {
        _batch = batch;
        _root = root;
        Root = batch.Call("openat", LibC.AtFdCwd, batch.Text(root), LaunchArgument.Named(PathFlags, "O_PATH|O_CLOEXEC"), 0).TolerateAll();
        _checked.Add((Root.Index, "openat", default));
        Span<byte> how = stackalloc byte[24];
        how.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(how, PathFlags | NoFollow);
        BinaryPrimitives.WriteUInt64LittleEndian(how[16..], NoSymlinksBeneath);
        _how = batch.Bytes(how, "{O_PATH|O_NOFOLLOW, RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS}");
        _numbered = batch.Text($"/proc/self/fd/{FileNumber}");
    }

    internal bool HasRoom => _count < MaxChanges && _batch.DataLength < MaxData;

    private static long NoFollow => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    private LaunchOperation Root { get; }

    internal void Add(OwnerChange change)
    {
        _count++;
        byte[] path = new byte[Math.Max(change.Path.Length, 1) + 1];
        change.Path.CopyTo(path);
        path[0] = change.Path.IsEmpty ? (byte)'.' : path[0];
        LaunchOperation file = _batch.Call("openat2", Root.Result, _batch.Bytes(path, "path"), _how, 24).TolerateAll();
        _checked.Add((file.Index, "openat2", change.Path));
        _batch.Call("dup3", file.Result, FileNumber, 0x80000).TolerateAll();
        LaunchOperation owner = _batch.Call("fchownat", file.Result, _batch.Text(""), change.User, change.Group, LibC.AtEmptyPath).TolerateAll();
        _checked.Add((owner.Index, "fchownat", change.Path));
        if (change.Capabilities is { } capabilities)
        {
            LaunchOperation attribute = _batch.Call("setxattr", _numbered, _batch.Text("security.capability"), _batch.Bytes(capabilities.Span, "capabilities"), capabilities.Length, 0).TolerateAll();
            _checked.Add((attribute.Index, "setxattr security.capability", change.Path));
        }

        if (change.Mode is { } mode)
        {
            // A path descriptor can't be used with fchmod(2); its name below /proc can.
            LaunchOperation permissions = _batch.Call("fchmodat", LibC.AtFdCwd, _numbered, mode).TolerateAll();
            _checked.Add((permissions.Index, "fchmodat", change.Path));
        }

        _batch.Call("close", file.Result).TolerateAll();
        _batch.Call("close", FileNumber).TolerateAll();
    }

    internal void End() => _batch.Call("close", Root.Result).TolerateAll();

    /// <summary>Throws for the first operation that failed.</summary>
    internal void Check(Func<int, long> result)
    {
        foreach ((int operation, string call, ReadOnlyMemory<byte> path) in _checked)
        {
            long value = result(operation);
            if (value < 0)
            {
                throw new LinuxException(call, (Errno)(-value), $"{_root}/{Encoding.UTF8.GetString(path.Span)}");
            }
        }
    }
}
