namespace ContainerKit.Tests.Diagnostics;

/// <summary>What an instrument has reported.</summary>
internal sealed record Measurement(string Instrument, double Value, IReadOnlyDictionary<string, object?> Tags);
