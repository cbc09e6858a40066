namespace ContainerKit;

/// <summary>
/// Names of what the engines of this process measure and trace, for <c>AddMeter</c> and <c>AddSource</c> of OpenTelemetry, <c>dotnet-counters</c> and listeners.
/// The README beside the sources lists the instruments and activities. Nothing is measured while nobody listens.
/// </summary>
public static class ContainerKitDiagnostics
{
    /// <summary>The <see cref="System.Diagnostics.Metrics.Meter"/>: containers, commands, pulls, builds.</summary>
    public const string MeterName = "ContainerKit";

    /// <summary>The <see cref="System.Diagnostics.ActivitySource"/>: starting, waiting, commands, pulls, pushes, builds and their steps.</summary>
    public const string ActivitySourceName = "ContainerKit";
}
