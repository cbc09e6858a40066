using ContainerKit.Linux.Paths;
using Xunit;

namespace ContainerKit.Linux.Tests.Paths;

public sealed class FileLockTests : IDisposable
{
    private readonly TemporaryDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void An_exclusive_lock_excludes_every_other()
    {
        using (FileLock? held = FileLock.TryAcquire(_temp["lock"]))
        {
            Assert.NotNull(held);
            Assert.Null(FileLock.TryAcquire(_temp["lock"]));
            Assert.Null(FileLock.TryAcquire(_temp["lock"], shared: true));
        }
        using FileLock? again = FileLock.TryAcquire(_temp["lock"], shared: true);
        using FileLock? second = FileLock.TryAcquire(_temp["lock"], shared: true);
        Assert.NotNull(second);
    }

    [Fact]
    public void A_removed_lock_file_is_made_again()
    {
        using FileLock? held = FileLock.TryAcquire(_temp["lock"]);
        held!.RemoveFile();
        using FileLock? next = FileLock.TryAcquire(_temp["lock"]);
        Assert.NotNull(next);
        Assert.True(File.Exists(_temp["lock"]));
    }

    [Fact]
    public void A_link_is_not_followed()
    {
        File.WriteAllText(_temp["target"], "");
        File.CreateSymbolicLink(_temp["lock"], _temp["target"]);
        Assert.Throws<LinuxException>(() => FileLock.TryAcquire(_temp["lock"]));
    }
}
