namespace ContainerKit.Benchmarks.Machine;

/// <summary>A peer did not do what was asked; the message says which command and why.</summary>
internal sealed class PeerFailedException(string message) : Exception(message);
