using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ContainerKit.Diagnostics;

/// <summary>
/// Something that takes a while: an activity when somebody traces, a duration when somebody measures, and otherwise nothing, not even an
/// allocation. It is ended once, on the flow that began it.
/// </summary>
internal readonly struct MeasuredOperation
{
    private readonly Histogram<double>? _duration;
    private readonly long _began;

    private MeasuredOperation(Activity? activity, Histogram<double>? duration, long began)
    {
        Activity = activity;
        _duration = duration;
        _began = began;
    }

    /// <summary>Where tags go; null when nobody traces.</summary>
    internal Activity? Activity { get; }

    /// <summary>Says which container it is about.</summary>
    internal void Describe(string id, string name, string image)
        => Activity?.SetTag(TagNames.RuntimeName, "containerkit").SetTag(TagNames.ContainerId, id).SetTag(TagNames.ContainerName, name).SetTag(TagNames.ImageName, image);

    /// <summary>Begins.</summary>
    /// <param name="name">The activity's.</param>
    /// <param name="duration">What counts how long it took, or null.</param>
    /// <param name="kind">Client for what another machine does.</param>
    internal static MeasuredOperation Begin(string name, Histogram<double>? duration = null, ActivityKind kind = ActivityKind.Internal)
    {
        Activity? activity = Instruments.Source.HasListeners() ? Instruments.Source.StartActivity(name, kind) : null;
        return duration is { Enabled: true }
            ? new MeasuredOperation(activity, duration, Stopwatch.GetTimestamp())
            : new MeasuredOperation(activity, null, 0);
    }

    /// <summary>Ends well.</summary>
    internal void End()
    {
        _duration?.Record(Stopwatch.GetElapsedTime(_began).TotalSeconds);
        Activity?.Dispose();
    }

    /// <summary>Ends well, in one of several ways.</summary>
    /// <param name="tag">The name of what tells them apart.</param>
    /// <param name="value">One of a few values.</param>
    internal void End(string tag, string value)
    {
        _duration?.Record(Stopwatch.GetElapsedTime(_began).TotalSeconds, new KeyValuePair<string, object?>(tag, value));
        Activity?.SetTag(tag, value);
        Activity?.Dispose();
    }

    /// <summary>Ends without success.</summary>
    internal void Fail(Exception reason)
    {
        if (_duration is null && Activity is null)
            return;
        string type = reason is ContainerKitException { Code: var code } ? code.ToString() : reason.GetType().FullName!;
        _duration?.Record(Stopwatch.GetElapsedTime(_began).TotalSeconds, new KeyValuePair<string, object?>(TagNames.ErrorType, type));
        Activity?.SetTag(TagNames.ErrorType, type);
        Activity?.SetStatus(ActivityStatusCode.Error, reason.Message);
        Activity?.Dispose();
    }
}
