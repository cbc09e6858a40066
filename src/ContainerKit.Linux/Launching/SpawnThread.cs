using System.Collections.Concurrent;

namespace ContainerKit.Linux.Launching;

/// <summary>
/// The one thread that starts processes. The parent-death signal is tied to the thread that started a process, not to the process it
/// belongs to (PR_SET_PDEATHSIG(2const)), so this thread lives as long as the host does; a thread-pool thread may not.
/// </summary>
internal static class SpawnThread
{
    private static readonly ConcurrentQueue<Action> s_work = [];

    /// <summary>
    /// Waiting for it sleeps at once. A BlockingCollection spins before, a millisecond of sched_yield(2) in the moment in which the process that was
    /// just started needs the processor.
    /// </summary>
    private static readonly AutoResetEvent s_hasWork = new(false);

    private static readonly Thread s_thread;

    static SpawnThread()
    {
        s_thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "ContainerKit spawn" };
        s_thread.Start();
    }

    /// <summary>Goes on on the thread pool, where the caller is on the thread itself.</summary>
    internal static async ValueTask LeaveAsync()
    {
        if (Thread.CurrentThread == s_thread)
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
    }

    /// <summary>
    /// Runs <paramref name="function"/> on the thread; what it throws faults the task. What awaits the task goes on on this thread: a hop to
    /// the thread pool costs a tenth of a millisecond in a virtual machine. It must come to its next wait soon, and never lead into code of users.
    /// </summary>
    internal static Task<T> RunAsync<T>(Func<T> function)
    {
        TaskCompletionSource<T> completion = new();
        s_work.Enqueue(() =>
        {
            try
            {
                completion.SetResult(function());
            }
#pragma warning disable CA1031 // handed to the caller
            catch (Exception e)
#pragma warning restore CA1031
            {
                completion.SetException(e);
            }
        });
        s_hasWork.Set();
        return completion.Task;
    }

    private static void Run()
    {
        while (true)
        {
            while (s_work.TryDequeue(out Action? work))
            {
                work();
            }

            s_hasWork.WaitOne();
        }
    }
}
