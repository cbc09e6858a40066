using System.Collections.Immutable;
using ContainerKit.Linux.Cgroups.Devices;
using ContainerKit.Linux.Launching;

namespace ContainerKit.Runtime.Devices;

/// <summary>The files in a container's /dev: the devices that every container has, and those that the spec adds.</summary>
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

    private IEnumerable<DeviceNode> Added => setting.Devices.Where(d => d.IsInDev);

    private bool InUserNamespace => setting.UserNamespace is not null;

    /// <summary>
    /// In a user namespace devices can't be made (mknod(2), EPERM), and neither can those whose files the container may not make: the host's
    /// are taken.
    /// </summary>
    internal void CloneFromHost()
    {
        foreach ((string path, _, _) in InUserNamespace ? s_devices : [])
        {
            _trees.Add((path, program.CloneTree(path, recursive: false)));
        }

        foreach (DeviceNode device in Added.Where(IsTaken))
        {
            _trees.Add((device.Path, program.CloneTree(device.HostPath, recursive: false)));
        }
    }

    internal void Create()
    {
        foreach (string directory in Added.Select(d => d.Path[..d.Path.LastIndexOf('/')]).Distinct().Where(d => d != "/dev"))
        {
            program.MakeDirectories(at + directory);
        }

        MakeNodes();
        foreach ((string path, LaunchOperation tree) in _trees)
        {
            program.MakeFile(at + path);
            program.AttachTree(tree.Result, at + path);
            program.Call("close", tree.Result);
        }

        foreach ((string target, string path) in s_links)
        {
            program.MakeSymbolicLink(target, at + path);
        }
    }

    private bool IsTaken(DeviceNode device) => InUserNamespace || !device.Access.HasFlag(DeviceAccess.MakeNode);

    private void MakeNodes()
    {
        foreach ((string path, int major, int minor) in InUserNamespace ? [] : s_devices)
        {
            program.MakeCharacterDevice(at + path, major, minor);
        }

        foreach (DeviceNode device in Added.Where(device => !IsTaken(device)))
        {
            string path = at + device.Path;
            _ = device.IsBlock
                ? program.MakeBlockDevice(path, device.Major, device.Minor, device.Mode)
                : program.MakeCharacterDevice(path, device.Major, device.Minor, device.Mode);
            if ((device.UserId | device.GroupId) != 0)
            {
                program.ChangeOwner(path, device.UserId, device.GroupId);
            }
        }
    }
}
