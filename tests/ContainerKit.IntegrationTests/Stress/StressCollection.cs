using Xunit;

namespace ContainerKit.IntegrationTests.Stress;

/// <summary>Tests that count what the whole process has: nothing else may run meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class StressCollection
{
    internal const string Name = "Stress";
}
