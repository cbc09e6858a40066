using System.Globalization;
using System.Text;
using ContainerKit.Linux;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Mounts;

namespace ContainerKit.Runtime.Roots;

/// <summary>Mounts the overlay that a container sees as its root, in the container's own mount namespace.</summary>
internal static class RootFileSystem
{
    /// <summary>mount(2) takes a page of options.</summary>
    private const int MaxOptions = 4000;

    /// <summary>First number of descriptors that stand for directories; beyond whatever is open at that time.</summary>
    private const int FirstDirectory = 100;

    /// <summary>Mounts all overlays of a root.</summary>
    internal static void Mount(LaunchProgramBuilder program, RootLayout layout, LaunchSetting setting)
    {
        RuntimeRoot root = setting.MountPointLayer is { } lowest ? layout.Root with { Lower = layout.Root.Lower.Add(lowest) } : layout.Root;
        Mount(program, root, setting.MountPoint, setting);
        foreach (RootPart part in layout.Parts)
        {
            // The directory may be removed until the last moment; the container sees an empty one then.
            Mount(program, part.Overlay, setting.MountPoint + part.Target, setting).Tolerate(Errno.ENOENT);
        }
    }

    private static LaunchOperation Mount(LaunchProgramBuilder program, RuntimeRoot root, string target, LaunchSetting setting)
    {
        string options = Options(root.Lower, root.Upper, root.Work, root, setting);
        if (options.Length > MaxOptions || root.Lower.Append(root.Upper).Append(root.Work).Any(NeedsEscape))
        {
            // Through /proc a directory's name is short and has no character that means something to the overlay's parser.
            options = Options(
                [.. root.Lower.Select((path, i) => Open(program, path, FirstDirectory + 2 + i))],
                Open(program, root.Upper, FirstDirectory),
                Open(program, root.Work, FirstDirectory + 1),
                root,
                setting);
        }

        return program.Mount("overlay", target, "overlay", MountFlags.None, options);
    }

    private static string Open(LaunchProgramBuilder program, string path, int number)
    {
        program.OpenDirectoryAs(path, number);
        return string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{number}");
    }

    private static bool NeedsEscape(string path) => path.AsSpan().IndexOfAny(":,\\\"") >= 0;

    private static string Options(IReadOnlyCollection<string> lower, string upper, string work, RuntimeRoot root, LaunchSetting setting)
    {
        StringBuilder text = new("lowerdir=");
        text.AppendJoin(':', lower).Append(",upperdir=").Append(upper).Append(",workdir=").Append(work);

        // Redirects and metadata-only copies would make the upper directory depend on attributes that only this kernel understands;
        // a layer made of it has to be complete. In a user namespace they can't be used anyway.
        text.Append(setting.UserNamespace is null ? ",redirect_dir=off,metacopy=off,index=off" : ",userxattr");
        if (root.Volatile)
        {
            text.Append(",volatile");
        }

        return text.ToString();
    }
}
