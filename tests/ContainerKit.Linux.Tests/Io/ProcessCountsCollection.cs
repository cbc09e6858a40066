using Xunit;

namespace ContainerKit.Linux.Tests.Io;

/// <summary>Tests that count what the whole process has: they run alone.</summary>
[CollectionDefinition("Counts of the whole process", DisableParallelization = true)]
public sealed class ProcessCountsCollection;
