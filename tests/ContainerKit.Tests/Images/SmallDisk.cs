using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace ContainerKit.Tests.Images;

/// <summary>A file system of its own that is soon full.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _path;

    private SmallDisk(string path) => _path = path;

    /// <summary>Mounts one, or skips the test where that is not allowed.</summary>
    public static SmallDisk Mount(string path, int size)
    {
        if (!Environment.IsPrivilegedProcess || Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={size},mode=0700"), "tmpfs", path) != 0)
        {
            Assert.Skip("missing capability: mounting a tmpfs");
        }
        return new SmallDisk(path);
    }

    public void Dispose() => Assert.Equal(0, Run("umount", "--lazy", _path));

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
