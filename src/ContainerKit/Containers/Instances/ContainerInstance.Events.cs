using System.Collections.Immutable;
using System.Globalization;
using ContainerKit.Containers.Exec;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Diagnostics;
using ContainerKit.Networks;
using ContainerKit.Runtime;
using ContainerKit.Volumes;

namespace ContainerKit.Containers.Instances;

/// <content>What is told to those who listen to the engine's events.</content>
internal sealed partial class ContainerInstance
{
    /// <summary>Reports what happened; the attributes are made when somebody looks at them.</summary>
    internal void Publish(string action, string? detail = null, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        ContainerConfig config = _config;
        ImmutableArray<(string Name, string Value)> own = [.. attributes];
        _context.Events.Publish(EventKind.Container, action, config.Id, () => Describe(config, own), detail);
    }

    /// <summary>Reports that the container got into networks, or out of them. It is an event of the network, as in Docker.</summary>
    private void PublishNetworks(string action, params IEnumerable<Endpoint?> endpoints)
    {
        ContainerConfig config = _config;
        foreach (Endpoint endpoint in endpoints.OfType<Endpoint>())
            _context.Events.Publish(EventKind.Network, action, endpoint.NetworkId, () => Describe(config, endpoint), null);
    }

    /// <summary>Reports that the container has volumes, or has them no more: an event of each volume for each place where it is, as in Docker.</summary>
    private void PublishVolumes(string action, VolumeLease? volumes)
    {
        if (volumes is null)
            return;
        string container = _config.Id;
        foreach (VolumeUse use in _config.Volumes)
            _context.Events.Publish(EventKind.Volume, action, use.Name, () => Describe(action, container, use, volumes.DriverOf(use.Name)), null);
    }

    private static ImmutableSortedDictionary<string, string> Describe(string action, string container, VolumeUse use, string driver)
    {
        ImmutableSortedDictionary<string, string> attributes = ImmutableSortedDictionary<string, string>.Empty.Add("container", container).Add("driver", driver);
        return action == EventAction.Unmount
            ? attributes
            : attributes.Add("destination", use.Target).Add("propagation", "").Add("read/write", use.ReadOnly ? "false" : "true");
    }

    private ImmutableSortedDictionary<string, string> Describe(ContainerConfig config, Endpoint endpoint)
        => ImmutableSortedDictionary<string, string>.Empty
            .Add("container", config.Id)
            .Add("name", endpoint.NetworkName)
            .Add("type", _context.Networks.Store.ReadAll().FirstOrDefault(network => network.Id == endpoint.NetworkId)?.Driver ?? NetworkSpec.BridgeDriver);

    private void PublishExit(ExitStatus status, bool outOfMemory)
    {
        if (outOfMemory)
            Publish(EventAction.OutOfMemory);
        Publish(EventAction.Die, null, ("exitCode", status.ExitCode.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Starts a further command, and reports it and its end.</summary>
    /// <param name="run">Where.</param>
    /// <param name="spec">What.</param>
    /// <param name="cancellationToken">Stops waiting for the start.</param>
    /// <param name="measured">Ended with the command; the default measures nothing, as for health checks, which are many.</param>
    private async Task<ExecProcess> ExecAsync(ContainerRun run, ExecSpec spec, CancellationToken cancellationToken, MeasuredOperation measured = default)
    {
        string id = spec.Id ?? ContainerId.Create();
        string command = string.Join(' ', spec.Command);
        Publish(EventAction.ExecCreate, command, ("execID", id));
        IContainerProcess process;
        try
        {
            process = await _context.Runtime.ExecAsync(RuntimeSpecFactory.CreateExec(run.Spec, run.Process.Identity, spec), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            measured.Fail(e);
            throw;
        }

        // The program, but not its arguments: they may hold what nobody is to see.
        measured.Activity?.SetTag(TagNames.ExecId, id).SetTag(TagNames.ExecutableName, spec.Command[0]).SetTag(TagNames.ProcessId, process.Identity.Pid);
        Publish(EventAction.ExecStart, command, ("execID", id));
        _ = PublishExecEndAsync(id, process, measured);
        return new ExecProcess(id, process);
    }

    private async Task PublishExecEndAsync(string id, IContainerProcess process, MeasuredOperation measured)
    {
        ExitStatus status = await process.Exited.ConfigureAwait(false);
        measured.Activity?.SetTag(TagNames.ExitCode, status.ExitCode);
        measured.End(TagNames.ExitKind, Instruments.KindOf(status.ExitCode, status.Signal));
        Publish(EventAction.ExecDie, null, ("execID", id), ("exitCode", status.ExitCode.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Docker's attributes: the labels, and over them what the engine knows.</summary>
    private static ImmutableSortedDictionary<string, string> Describe(ContainerConfig config, ImmutableArray<(string Name, string Value)> own)
    {
        ImmutableSortedDictionary<string, string>.Builder attributes = ContainerInfoFactory.MergeLabels(config).ToBuilder();
        attributes["name"] = config.Name;
        attributes["image"] = config.Spec.Image;
        foreach ((string name, string value) in own)
            attributes[name] = value;
        return attributes.ToImmutable();
    }
}
