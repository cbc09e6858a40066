using System.Runtime.CompilerServices;
using ContainerKit.Containers.Processes;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Statistics;
using ContainerKit.Runtime;

namespace ContainerKit.Containers.Instances;

/// <content>What a running container uses and what runs in it, whichever process owns it.</content>
internal sealed partial class ContainerInstance
{
    /// <summary>One sample.</summary>
    internal ContainerStats GetStats()
    {
        ContainerState.Running running = RequireRunning("measure");
        using IContainerResources resources = _context.Runtime.OpenResources(Config.Id, running.Identity);
        return new StatisticsSampler(Config, resources, running.Identity.Pid, Time).Sample();
    }

    /// <summary>Samples until the run that there is now has ended.</summary>
    internal IAsyncEnumerable<ContainerStats> WatchStatsAsync(TimeSpan interval, CancellationToken cancellationToken)
        => WatchStatsAsync(RequireRunning("measure"), interval, cancellationToken);

    /// <summary>The processes, as ps shows them.</summary>
    internal ContainerProcessList ListProcesses(string arguments)
    {
        ProcessFormat format = ProcessFormat.Parse(arguments);
        ContainerState.Running running = RequireRunning("list the processes of");
        using IContainerResources resources = _context.Runtime.OpenResources(Config.Id, running.Identity);
        return format.Create(resources.ListProcesses(), Time);
    }

    private async IAsyncEnumerable<ContainerStats> WatchStatsAsync(ContainerState.Running run, TimeSpan interval, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using IContainerResources resources = _context.Runtime.OpenResources(Config.Id, run.Identity);
        var sampler = new StatisticsSampler(Config, resources, run.Identity.Pid, Time);
        while (IsStill(run))
        {
            yield return sampler.Sample();
            await Task.Delay(interval, Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsStill(ContainerState.Running run)
    {
        try
        {
            return GetState() is ContainerState.Running now && now.Identity == run.Identity;
        }
        catch (NotFoundException)
        {
            return false;
        }
    }

    private ContainerState.Running RequireRunning(string operation)
    {
        ContainerState state = GetState();
        return state as ContainerState.Running ?? throw WrongState(operation, state, "it must be running");
    }
}
