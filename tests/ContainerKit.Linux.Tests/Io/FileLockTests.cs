using System.Diagnostics;
using ContainerKit.Linux.Io;
using Xunit;

namespace ContainerKit.Linux.Tests.Io;

public sealed class FileLockTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ck-lock-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string LockFile => Path.Combine(_directory, "lock");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void An_exclusive_lock_has_one_holder()
    {
        using (FileLock held = FileLock.TryAcquire(LockFile)!)
        {
            Assert.NotNull(held);
            Assert.Null(FileLock.TryAcquire(LockFile));
            Assert.Null(FileLock.TryAcquire(LockFile, FileLockMode.Shared));
        }

        using FileLock? again = FileLock.TryAcquire(LockFile);
        Assert.NotNull(again);
        again.Dispose();
        again.Dispose();
    }

    [Fact]
    public void A_shared_lock_has_many_holders()
    {
        using FileLock? first = FileLock.TryAcquire(LockFile, FileLockMode.Shared);
        using FileLock? second = FileLock.TryAcquire(LockFile, FileLockMode.Shared);
        Assert.NotNull(first);
        Assert.NotNull(second);
        Assert.Null(FileLock.TryAcquire(LockFile));
    }

    [Fact]
    public async Task Waiting_ends_with_the_lock_or_the_token()
    {
        FileLock held = await FileLock.AcquireAsync(LockFile, cancellationToken: Cancelled);
        using var source = new CancellationTokenSource();
        Task<FileLock> given = FileLock.AcquireAsync(LockFile, cancellationToken: source.Token).AsTask();
        Task<FileLock> waiting = FileLock.AcquireAsync(LockFile, cancellationToken: Cancelled).AsTask();
        Assert.False(waiting.IsCompleted);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        held.Dispose();
        (await waiting).Dispose();
    }

    [Fact]
    public async Task A_deleted_lock_file_locks_nobody()
    {
        FileLock held = FileLock.TryAcquire(LockFile)!;
        Task<FileLock> waiting = FileLock.AcquireAsync(LockFile, cancellationToken: Cancelled).AsTask();
        File.Delete(LockFile);
        using FileLock successor = await waiting;
        held.Dispose();
        Assert.True(File.Exists(LockFile));
        Assert.Null(FileLock.TryAcquire(LockFile));
    }

    [Fact]
    public async Task Locks_exclude_each_other_while_their_file_is_deleted_on_every_release()
    {
        int holders = 0;
        int rounds = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (int i = 0; i < 25; i++)
            {
                using FileLock held = await FileLock.AcquireAsync(LockFile, cancellationToken: Cancelled);
                Assert.Equal(1, Interlocked.Increment(ref holders));
                await Task.Yield();
                rounds++;
                Assert.Equal(0, Interlocked.Decrement(ref holders));
                File.Delete(LockFile);
            }
        }));
        Assert.Equal(200, rounds);
    }

    [Fact]
    public async Task The_kernel_releases_the_lock_of_a_killed_process()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "missing capability: flock(1) of util-linux");
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("/usr/bin/flock", [LockFile, "sh", "-c", "echo locked; exec cat"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            },
        };
        process.Start();
        Assert.Equal("locked", await process.StandardOutput.ReadLineAsync(Cancelled));
        Assert.Null(FileLock.TryAcquire(LockFile));
        process.Kill(entireProcessTree: true);
        (await FileLock.AcquireAsync(LockFile, cancellationToken: Cancelled)).Dispose();
        await process.WaitForExitAsync(Cancelled);
    }

    [Fact]
    public async Task A_lock_whose_holder_is_dead_is_waited_for_and_one_of_the_living_is_not()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "missing capability: flock(1) (apt-get install util-linux)");
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("/usr/bin/flock", [LockFile, "sh", "-c", "echo locked; exec cat"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            },
        };
        process.Start();
        Assert.Equal("locked", await process.StandardOutput.ReadLineAsync(Cancelled));
        Assert.Null(await FileLock.TryAcquireAbandonedAsync(LockFile, Cancelled));

        // What it started has a copy of the lock, until its input ends.
        process.Kill();
        await process.WaitForExitAsync(Cancelled);
        Assert.Null(FileLock.TryAcquire(LockFile));
        Task<FileLock?> waiting = FileLock.TryAcquireAbandonedAsync(LockFile, Cancelled).AsTask();
        process.StandardInput.Close();
        using FileLock? acquired = await waiting;
        Assert.NotNull(acquired);
    }

    [Fact]
    public void A_lock_file_that_its_holder_removed_is_made_again()
    {
        string path = Path.Combine(_directory, "removed");
        using FileLock held = FileLock.TryAcquire(path)!;
        held.RemoveFile();
        using FileLock? next = FileLock.TryAcquire(path);
        Assert.NotNull(next);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void A_link_is_not_followed()
    {
        string path = Path.Combine(_directory, "link");
        File.CreateSymbolicLink(path, Path.Combine(_directory, "target"));
        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => FileLock.TryAcquire(path)).Errno);
        Assert.False(File.Exists(Path.Combine(_directory, "target")));
    }

    [Fact]
    public void A_missing_directory_is_named()
    {
        string path = Path.Combine(_directory, "nowhere", "lock");
        LinuxException exception = Assert.Throws<LinuxException>(() => FileLock.TryAcquire(path));
        Assert.Equal((Errno.ENOENT, path), (exception.Errno, exception.Path));
    }
}
