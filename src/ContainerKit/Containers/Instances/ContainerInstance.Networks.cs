using System.Collections.Immutable;
using ContainerKit.Containers.Specs;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Linux;
using ContainerKit.Networks;
using ContainerKit.Networks.Control;
using ContainerKit.Runtime;

namespace ContainerKit.Containers.Instances;

/// <content>Networks: connecting and disconnecting, and what a start takes of them.</content>
internal sealed partial class ContainerInstance
{
    /// <summary>Connects to a network: now when it runs, otherwise from its next start on.</summary>
    internal async Task ConnectAsync(NetworkAttachment attachment, CancellationToken cancellationToken)
    {
        ContainerSpecValidator.Validate(attachment);
        attachment = ContainerNetworking.Resolve(_context.Networks.Store.ReadAll(), attachment);
        Endpoint? connected = null;
        await ChangeNetworksAsync(
            "connect",
            async run =>
            {
                if (Config.Spec.Network != NetworkMode.Default)
                    throw new InvalidStateException($"Can't connect container {Display} to a network: its network mode is {Config.Spec.Network}, which has no networks.");
                if (Config.Networks.Any(known => known.Network == attachment.Network))
                    throw new ConflictException($"Container {Display} is connected to the network {attachment.Network} already.");
                if (run is not null)
                {
                    run.Network ??= await _context.Networks.ReserveAsync(ContainerNetworking.Describe(Config) with { Attachments = [] }, cancellationToken).ConfigureAwait(false);
                    Endpoint[] before = [.. run.Network.Endpoints];
                    await run.Network.AddAsync(attachment, run.Process.Identity.Pid, cancellationToken).ConfigureAwait(false);
                    connected = run.Network.Endpoints.FirstOrDefault(endpoint => before.All(known => known.Id != endpoint.Id));
                }

                ReplaceNetworks(run, Config.Networks.Add(attachment));
            },
            cancellationToken).ConfigureAwait(false);
        PublishNetworks(EventAction.Connect, connected);
    }

    /// <summary>Takes the container out of a network.</summary>
    internal async Task DisconnectAsync(string network, CancellationToken cancellationToken)
    {
        string id = ContainerNetworking.Resolve(_context.Networks.Store.ReadAll(), new NetworkAttachment(network)).Network;
        Endpoint? disconnected = null;
        await ChangeNetworksAsync(
            "disconnect",
            async run =>
            {
                if (!Config.Networks.Any(known => known.Network == id))
                    throw new NotFoundException($"Container {Display} is not connected to the network {network}.");
                if (run?.Network is { } running)
                {
                    disconnected = running.Endpoints.FirstOrDefault(endpoint => endpoint.NetworkId == id || (id == NetworkName.Bridge && endpoint.NetworkName == id));
                    await running.RemoveAsync(disconnected?.NetworkId ?? id, run.Process.Identity.Pid, cancellationToken).ConfigureAwait(false);
                }

                ReplaceNetworks(run, [.. Config.Networks.Where(known => known.Network != id)]);
            },
            cancellationToken).ConfigureAwait(false);
        PublishNetworks(EventAction.Disconnect, disconnected);
    }

    /// <summary>What the runtime calls when the container's network namespace is there and nothing of the container runs in it.</summary>
    private static async Task ServePreparedAsync(ContainerNetwork network, int pid, CancellationToken cancellationToken)
    {
        try
        {
            await network.ServeAsync(pid, cancellationToken).ConfigureAwait(false);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ESRCH)
        {
            // Somebody has killed the process that waited. The runtime starts another one, which is connected and served then.
        }
    }

    private static RuntimeSpec WithNetwork(RuntimeSpec spec, ContainerNetwork? network) => network is null ? spec : spec with
    {
        ConnectNetwork = async (pid, token) =>
        {
            await network.ConnectAsync(pid, token).ConfigureAwait(false);
            await network.ServeAsync(pid, token).ConfigureAwait(false);
        },
    };

    /// <summary>Takes up the networks of a detached container that an earlier engine started.</summary>
    private async Task<ContainerNetwork?> ResumeNetworkAsync(ContainerState.Running running)
    {
        if (running.Network is not { Endpoints.IsEmpty: false } state)
            return null;
        ContainerNetwork network = await _context.Networks.TakeOverAsync(ContainerNetworking.Describe(Config), state.Endpoints, state.Ports, CancellationToken.None).ConfigureAwait(false);
        await network.ResumeAsync(running.Identity.Pid, CancellationToken.None).ConfigureAwait(false);
        return network;
    }

    private async Task ChangeNetworksAsync(string operation, Func<ContainerRun?, Task> change, CancellationToken cancellationToken)
    {
        using OperationGate.Operation entered = _context.Operations.Enter(cancellationToken);
        try
        {
            await _gate.WaitAsync(entered.Token).ConfigureAwait(false);
            try
            {
                await AcquireAsync(operation).ConfigureAwait(false);
                if (_state is ContainerState.Removing)
                    throw WrongState(operation, _state, "it must not be");
                await change(_run).ConfigureAwait(false);
            }
            finally
            {
                ReleaseWhenIdle();
                _gate.Release();
            }
        }
        catch (OperationCanceledException) when (entered.WasClosed)
        {
            throw OperationGate.CreateClosedException();
        }
    }

    private void ReplaceNetworks(ContainerRun? run, ImmutableArray<NetworkAttachment> networks)
    {
        if (run is not null && _state is ContainerState.Running running)
        {
            SetState(running with { Network = StateOf(run.Network) });
            ContainerFiles.WriteState(Directory, _state, Config.IsEphemeral);
        }

        ReplaceConfig(Config with { Networks = networks });
    }

    internal static NetworkState? StateOf(ContainerNetwork? network) => network is null ? null : new NetworkState
    {
        Endpoints = [.. network.Endpoints],
        Ports = network.Ports,
        HasNameServer = network.HasNameServer,
        LinkedHosts = network.LinkedHosts,
    };
}
