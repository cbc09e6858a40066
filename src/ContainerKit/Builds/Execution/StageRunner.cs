using System.Collections.Immutable;
using System.Net.Sockets;
using ContainerKit.Builds.Cache;
using ContainerKit.Builds.Parsing;
using ContainerKit.Builds.Planning;
using ContainerKit.Diagnostics;
using ContainerKit.Oci;

namespace ContainerKit.Builds.Execution;

/// <summary>Executes the instructions of a stage, one after the other.</summary>
internal sealed partial class StageRunner
{
    private readonly BuildSession _session;
    private readonly PlannedStage _stage;
    private StageState _state;
    private BuildStep _step;
    private bool _hasCommand;

    private StageRunner(BuildSession session, PlannedStage stage)
    {
        _session = session;
        _stage = stage;
        _state = new StageState { Platform = stage.Platform ?? session.Arguments.Target };
        _step = new BuildStep(0, 0, "", "", 0);
    }

    private Dockerfile File => _session.File;

    /// <summary>Builds a stage.</summary>
    /// <exception cref="BuildException">A step failed.</exception>
    public static async Task<StageState> RunAsync(BuildSession session, PlannedStage stage, CancellationToken cancellationToken)
    {
        // Stages are begun together: none runs on the thread of the one that begins them.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var runner = new StageRunner(session, stage);
        await runner.StepAsync(stage.From, runner.BeginAsync, cancellationToken).ConfigureAwait(false);
        await runner.RunTriggersAsync(cancellationToken).ConfigureAwait(false);
        foreach (DockerfileInstruction instruction in stage.Instructions)
        {
            await runner.StepAsync(instruction, runner.ExecuteAsync, cancellationToken).ConfigureAwait(false);
        }
        return runner._state;
    }

    private async Task StepAsync(DockerfileInstruction instruction, Func<DockerfileInstruction, CancellationToken, Task<bool>> execute, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _step = _session.NextStep(_stage, instruction);
        int layers = _state.Layers.Length;
        _session.Report(new BuildStepEvent(_step, BuildStepState.Started));
        MeasuredOperation measured = MeasuredOperation.Begin("containerkit.build.step");
        measured.Activity?.SetTag(TagNames.StepStage, _step.Stage).SetTag(TagNames.StepText, _step.Text).SetTag(TagNames.StepLine, _step.Line);
        try
        {
            bool isCached = await execute(instruction, cancellationToken).ConfigureAwait(false);
            Digest? layer = _state.Layers.Length > layers && !instruction.Is("FROM") ? _state.Layers[^1] : null;
            _session.Report(new BuildStepEvent(_step, isCached ? BuildStepState.Cached : BuildStepState.Completed, layer));
            Count(measured, isCached ? "cached" : "executed");
        }
        catch (OperationCanceledException e)
        {
            measured.Fail(e);
            throw;
        }
        catch (Exception e)
        {
            Count(measured, "failed", e);
            _session.Report(new BuildStepEvent(_step, BuildStepState.Failed));
            throw Translate(e, instruction);
        }
    }

    private static void Count(MeasuredOperation measured, string result, Exception? failure = null)
    {
        if (Instruments.BuildSteps.Enabled)
            Instruments.BuildSteps.Add(1, new KeyValuePair<string, object?>(TagNames.StepResult, result));
        if (failure is not null)
            measured.Fail(failure);
        else
            measured.End(TagNames.StepResult, result);
    }

    private Exception Translate(Exception e, DockerfileInstruction instruction) => e switch
    {
        BuildException or UnsupportedException or ObjectDisposedException => e,
        FormatException or ArgumentException or ContainerKitException or IOException or HttpRequestException or SocketException or TimeoutException => File.Error(instruction, e.Message, e),
        _ => e,
    };

    /// <summary>Executes an instruction.</summary>
    /// <returns>True: its result came from the cache.</returns>
    private async Task<bool> ExecuteAsync(DockerfileInstruction instruction, CancellationToken cancellationToken)
    {
        switch (instruction.Keyword)
        {
            case "RUN":
                return await RunCommandAsync(instruction, cancellationToken).ConfigureAwait(false);
            case "COPY" or "ADD":
                return await CopyAsync(instruction, cancellationToken).ConfigureAwait(false);
            case "WORKDIR":
                return await ChangeDirectoryAsync(instruction, cancellationToken).ConfigureAwait(false);
            default:
                Configure(instruction);
                return false;
        }
    }

    /// <summary>FROM.</summary>
    private async Task<bool> BeginAsync(DockerfileInstruction instruction, CancellationToken cancellationToken)
    {
        if (_stage.BaseStage is { } below)
        {
            _state = await _session.StageAsync(below, cancellationToken).ConfigureAwait(false);
        }
        else if (_stage.BaseImage is { } reference)
        {
            _state = await _session.ImageAsync(reference, _stage.Platform, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _state = new StageState { Platform = _stage.Platform ?? _session.Arguments.Target };
        }
        _hasCommand = false;
        return false;
    }

    /// <summary>What the image below wants to be done right after FROM.</summary>
    private async Task RunTriggersAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> triggers = _state.Config.OnBuild;
        _state = _state with { Config = _state.Config with { OnBuild = [] } };
        foreach (string trigger in triggers)
        {
            DockerfileInstruction parsed = DockerfileParser.ParseTrigger(trigger, '\\', $"ONBUILD of {_stage.From.Arguments}", _stage.From.Line);
            RequireTrigger(parsed);
            await StepAsync(parsed, ExecuteAsync, cancellationToken).ConfigureAwait(false);
        }
    }

    private void RequireTrigger(DockerfileInstruction trigger)
    {
        if (trigger.Keyword is "ONBUILD" or "FROM" or "MAINTAINER")
        {
            throw File.Error(trigger, $"{trigger.Keyword} can't be an instruction of ONBUILD.");
        }
    }

    private WordExpander Expander() => new(_state.LookUp, File.Escape);

    /// <summary>Takes a step's layer from the cache, or makes it.</summary>
    /// <param name="key">The step's key.</param>
    /// <param name="history">What the history says.</param>
    /// <param name="make">Makes the layer; may give another key, of what it really read; null where nothing is to be made.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>True: it came from the cache.</returns>
    private async Task<bool> LayerAsync(
        string key, string history, Func<CancellationToken, Task<(Digest Layer, Descriptor Blob, long Size, string? Key)?>> make, CancellationToken cancellationToken)
    {
        CachedStep? cached = _session.FindStep(key);
        if (cached is null)
        {
            (Digest Layer, Descriptor Blob, long Size, string? Key)? made = await make(cancellationToken).ConfigureAwait(false);
            cached = new CachedStep(made?.Layer, made?.Size ?? 0, made?.Blob.Size ?? 0, _session.Now, history);
            _session.StoreStep(made?.Key ?? key, cached);
            Apply(cached, history);
            return false;
        }
        Apply(cached, history);
        return true;
    }

    private void Apply(CachedStep step, string history)
        => _state = step.Layer is { } layer
            ? _state.WithLayer(layer, step.Blob!, history, step.Created)
            : _state.WithHistory(history, step.Created, isEmpty: true);

    /// <summary>A key that begins with the files that a step finds.</summary>
    private CacheKey KeyOnFiles(string kind)
    {
        CacheKey key = new CacheKey(kind).AddAll([.. _state.Layers.Select(layer => layer.ToString())]);
        return key.Add(_session.Arguments.SourceDate ?? long.MinValue);
    }

    /// <summary>As the history shows it: how the keyword is cased in the file is no part of the image.</summary>
    private static string Shown(DockerfileInstruction instruction)
        => instruction.Text.StartsWith(instruction.WrittenKeyword, StringComparison.Ordinal)
            ? instruction.Keyword + instruction.Text[instruction.WrittenKeyword.Length..]
            : instruction.Text;

    private void RequireNoFlags(DockerfileInstruction instruction)
    {
        if (instruction.Flags.Length > 0)
        {
            throw File.Error(instruction, $"{instruction.Keyword} has no flag --{instruction.Flags[0].Name}.");
        }
    }

    private ImmutableArray<string> ShellOf() => _state.Config.Shell.Count > 0 ? [.. _state.Config.Shell] : ["/bin/sh", "-c"];
}
