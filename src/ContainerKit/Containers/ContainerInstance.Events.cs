using System.Collections.Immutable;
using System.Globalization;
using ContainerKit.Networks;
using ContainerKit.Runtime;

namespace ContainerKit.Containers;

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
    private async Task<ExecProcess> ExecAsync(ContainerRun run, ExecSpec spec, CancellationToken cancellationToken)
    {
        string id = spec.Id ?? ContainerId.Create();
        string command = string.Join(' ', spec.Command);
        Publish(EventAction.ExecCreate, command, ("execID", id));
        IContainerProcess process = await _context.Runtime
            .ExecAsync(RuntimeSpecFactory.CreateExec(run.Spec, run.Process.Identity, spec), cancellationToken).ConfigureAwait(false);
        Publish(EventAction.ExecStart, command, ("execID", id));
        _ = PublishExecEndAsync(id, process);
        return new ExecProcess(id, process);
    }

    private async Task PublishExecEndAsync(string id, IContainerProcess process)
    {
        ExitStatus status = await process.Exited.ConfigureAwait(false);
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
