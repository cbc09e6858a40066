using System.Collections.Concurrent;

namespace ContainerKit.Linux.Launching;

/// <summary>
/// The one thread that starts processes. The parent-death signal is tied to the thread that started a process, not to the process it
/// belongs to (PR_SET_PDEATHSIG(2const)), so this thread lives as long as the host does; a thread-pool thread may not.
/// </summary>
internal static class SpawnThread
{
    private static readonly BlockingCollection<Action> s_work = [];

    static SpawnThread()
    {
        Thread thread = new(Run, 256 * 1024) { IsBackground = true, Name = "ContainerKit spawn" };
        thread.Start();
    }

    /// <summary>Runs <paramref name="function"/> on the thread; what it throws faults the task.</summary>
    internal static Task<T> RunAsync<T>(Func<T> function)
    {
        TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
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
