namespace ContainerKit;

/// <summary>Shares of time in per cent, and their sum.</summary>
/// <param name="Average10">Per cent of the last ten seconds.</param>
/// <param name="Average60">Per cent of the last minute.</param>
/// <param name="Average300">Per cent of the last five minutes.</param>
/// <param name="Total">All the time that was waited.</param>
public sealed record PressureShare(double Average10, double Average60, double Average300, TimeSpan Total);
