using ContainerKit.Containers.Specs;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Runtime;

namespace ContainerKit.Containers.Instances;

/// <content>Restart by a caller, renaming, updating.</content>
internal sealed partial class ContainerInstance
{
    /// <summary>Stops the container if it runs, and starts it.</summary>
    internal async Task RestartAsync(TimeSpan timeout, CancellationToken cancellationToken, int? stopSignal = null)
    {
        await StopAsync(timeout, keep: true, cancellationToken, stopSignal).ConfigureAwait(false);
        await StartAsync(cancellationToken).ConfigureAwait(false);
        Publish(EventAction.Restart);
    }

    /// <summary>Gives the container another name.</summary>
    internal Task RenameAsync(string name, CancellationToken cancellationToken)
    {
        if (!ContainerName.IsValid(name))
            throw new ArgumentException($"name '{name}' is not allowed: expected {ContainerName.Rule}, at most {ContainerName.MaximumLength} characters.");
        return ChangeConfigAsync(
            "rename",
            run =>
            {
                string old = Config.Name;
                if (name == old)
                    throw new ArgumentException($"name '{name}' is not allowed: expected one that the container does not have already.");
                if (ContainerLookup.FindByGeneratedName(_context, name) is not null || !_context.Names.TryReserve(name, Config.Id))
                    throw new ConflictException($"The name '{name}' is in use by another container. Choose another one, or remove that container.");
                try
                {
                    ReplaceConfig(Config with { Name = name });
                }
                catch
                {
                    _context.Names.Release(name, Config.Id);
                    throw;
                }

                _context.Names.Release(old, Config.Id);
                run?.Network?.Rename(name);
                Publish(EventAction.Rename, null, ("oldName", old));
            },
            cancellationToken);
    }

    /// <summary>Changes limits and restart policy.</summary>
    internal Task UpdateAsync(Func<ContainerSpec, ContainerSpec> change, CancellationToken cancellationToken) => ChangeConfigAsync(
        "update",
        run =>
        {
            ContainerSpec old = Config.Spec;
            ContainerSpec changed = ContainerUpdate.Apply(old, change(old));
            ContainerSpecValidator.Validate(changed);
            ContainerConfig config = Config with { Spec = changed };
            if (run is null)
            {
                ReplaceConfig(config);
            }
            else
            {
                run.HasNewLimits = true;
                SetLimits(run, config);
                try
                {
                    ReplaceConfig(config);
                }
                catch
                {
                    SetLimits(run, Config);
                    throw;
                }

                WatchMemory(run);
            }

            Publish(EventAction.Update);
        },
        cancellationToken);

    /// <summary>Reads the configuration again where another process may have changed it.</summary>
    internal void RefreshConfig()
    {
        if (_lock is null && ReadConfig() is ContainerConfig config)
            _config = config;
    }

    /// <summary>What the disk says; when it is ready is known here only.</summary>
    private ContainerConfig? ReadConfig()
        => ContainerFiles.ReadConfig(Directory) is ContainerConfig config ? config with { Spec = config.Spec with { Readiness = _config.Spec.Readiness } } : null;

    private async Task ChangeConfigAsync(string operation, Action<ContainerRun?> change, CancellationToken cancellationToken)
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
                change(_run);
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

    private void ReplaceConfig(ContainerConfig config)
    {
        // There may be no state.json yet (RecordRunning), and then the state is in this file.
        ContainerFiles.ReplaceConfig(Directory, config.IsEphemeral ? config with { InitialState = ContainerStateRecord.From(_state, ephemeral: true) } : config);
        _config = config;
    }

    /// <summary>All limits bind, or those from before still do.</summary>
    private void SetLimits(ContainerRun run, ContainerConfig config)
    {
        using IContainerResources resources = _context.Runtime.OpenResources(Config.Id, run.Process.Identity);
        RuntimeSpec before = RuntimeSpecFactory.Create(Config, _context.Paths.DataRoot, Directory);
        try
        {
            resources.SetLimits(RuntimeSpecFactory.Create(config, _context.Paths.DataRoot, Directory));
        }
        catch
        {
            resources.SetLimits(before);
            throw;
        }
    }
}
