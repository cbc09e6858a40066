using ContainerKit.Linux.Cgroups;

namespace ContainerKit.Linux.Tests.Cgroups;

/// <summary>A temporary directory with files as in a cgroup.</summary>
internal sealed class FakeCgroup : IDisposable
{
    private readonly string _root = System.IO.Directory.CreateTempSubdirectory("ck-cgroups-").FullName;

    internal FakeCgroup(CgroupVersion version, params string[] files)
    {
        Directory = new CgroupDirectory(_root, version);
        foreach (string file in files)
            this[file] = "";
    }

    internal CgroupDirectory Directory { get; }

    internal string this[string file]
    {
        get => File.ReadAllText(Path.Combine(_root, file));
        set
        {
            string path = Path.Combine(_root, file);
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, value);
        }
    }

    public void Dispose() => System.IO.Directory.Delete(_root, recursive: true);
}
