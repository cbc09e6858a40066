using System.Collections.Immutable;
using ContainerKit.Linux.Launching;

namespace ContainerKit.Runtime;

/// <summary>The devices that every container has.</summary>
/// <param name="program">What makes them.</param>
/// <param name="setting">How the container starts.</param>
/// <param name="at">What is to be the container's root; empty once it is the root.</param>
internal sealed class DeviceNodes(LaunchProgramBuilder program, LaunchSetting setting, string at)
{
    // Numbers: Documentation/admin-guide/devices.txt of the kernel.
    private static readonly ImmutableArray<(string Path, int Major, int Minor)> s_devices =
    [
        ("/dev/null", 1, 3), ("/dev/zero", 1, 5), ("/dev/full", 1, 7), ("/dev/random", 1, 8), ("/dev/urandom", 1, 9), ("/dev/tty", 5, 0),
    ];

    private static readonly ImmutableArray<(string Target, string Path)> s_links =
    [
        ("/proc/self/fd", "/dev/fd"), ("/proc/self/fd/0", "/dev/stdin"), ("/proc/self/fd/1", "/dev/stdout"), ("/proc/self/fd/2", "/dev/stderr"),
        ("/proc/kcore", "/dev/core"), ("pts/ptmx", "/dev/ptmx"),
    ];

    private readonly List<(string Path, LaunchOperation Tree)> _trees = [];

    /// <summary>In a user namespace devices can't be made (mknod(2), EPERM): the host's are taken.</summary>
    internal void CloneFromHost()
    {
        if (setting.UserNamespace is null)
        {
            return;
        }

        foreach ((string path, _, _) in s_devices)
        {
            _trees.Add((path, program.CloneTree(path, recursive: false)));
        }
    }

    internal void Create()
    {
        foreach ((string path, LaunchOperation tree) in _trees)
        {
            program.MakeFile(at + path);
            program.AttachTree(tree.Result, at + path);
            program.Call("close", tree.Result);
        }

        if (_trees.Count == 0)
        {
            foreach ((string path, int major, int minor) in s_devices)
            {
                program.MakeCharacterDevice(at + path, major, minor);
            }
        }

        foreach ((string target, string path) in s_links)
        {
            program.MakeSymbolicLink(target, at + path);
        }
    }
}
