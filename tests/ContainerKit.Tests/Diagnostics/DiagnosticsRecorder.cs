using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ContainerKit.Tests.Diagnostics;

/// <summary>
/// Listens to what the flow that makes it sets off. Meters belong to the process, and other tests run at the same time: theirs don't count here.
/// </summary>
internal sealed class DiagnosticsRecorder : IDisposable
{
    private static readonly AsyncLocal<DiagnosticsRecorder?> s_current = new();
    private readonly ConcurrentQueue<Measurement> _measurements = [];
    private readonly ConcurrentQueue<Activity> _activities = [];
    private readonly SemaphoreSlim _news = new(0);
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _traces;
    private readonly ActivitySource _tests = new("ContainerKit.Tests");
    private readonly Activity? _before = Activity.Current;

    internal DiagnosticsRecorder()
    {
        s_current.Value = this;
        _traces = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ContainerKitDiagnostics.ActivitySourceName || source == _tests,
            Sample = Sample,
            ActivityStopped = activity =>
            {
                if (activity.TraceId != Root?.TraceId)
                    return;
                _activities.Enqueue(activity);
                _news.Release();
            },
        };
        ActivitySource.AddActivityListener(_traces);
        Root = _tests.StartActivity("test")!;
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ContainerKitDiagnostics.MeterName)
                listener.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _meters.Start();
    }

    /// <summary>What the test's own activities are below.</summary>
    internal Activity Root { get; }

    public void Dispose()
    {
        _meters.Dispose();
        Root.Dispose();
        _traces.Dispose();
        _tests.Dispose();
        Activity.Current = _before;
        s_current.Value = null;
    }

    internal IEnumerable<Measurement> Of(string instrument) => _measurements.Where(each => each.Instrument == instrument);

    internal IEnumerable<Activity> ActivitiesOf(string name) => _activities.Where(each => each.OperationName == name);

    /// <summary>Waits for the end of an activity that may still be under way when what it is about has returned.</summary>
    internal async Task<Activity> WaitForAsync(string name, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        while (true)
        {
            if (ActivitiesOf(name).FirstOrDefault() is { } found)
                return found;
            await _news.WaitAsync(limit.Token);
        }
    }

    /// <summary>The sum of what an observable instrument says now.</summary>
    internal double Observe(string instrument)
    {
        _meters.RecordObservableInstruments();
        return Of(instrument).Sum(each => each.Value);
    }

    private static ActivitySamplingResult Sample(ref ActivityCreationOptions<ActivityContext> options)
        => s_current.Value is null ? ActivitySamplingResult.None : ActivitySamplingResult.AllDataAndRecorded;

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (s_current.Value == this)
            _measurements.Enqueue(new Measurement(instrument.Name, value, new Dictionary<string, object?>(tags.ToArray())));
    }
}
