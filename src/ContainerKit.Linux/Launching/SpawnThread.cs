using System.Collections.Concurrent;

namespace ContainerKit.Linux.Launching;

/// <summary>
/// The one thread that starts processes. The parent-death signal is tied to the thread that started a process, not to the process it
/// belongs to (PR_SET_PDEATHSIG(2const)), so this thread lives as long as the host does; a thread-pool thread may not.
/// </summary>
internal static class SpawnThread
{
    private static readonly BlockingCollection<Action> s_work = [];
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
        s_work.Add(() =>
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
        return completion.Task;
    }

    private static void Run()
    {
        foreach (Action work in s_work.GetConsumingEnumerable())
        {
            work();
        }
    }
}
