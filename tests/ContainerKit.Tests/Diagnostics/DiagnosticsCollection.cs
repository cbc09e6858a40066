using Xunit;

namespace ContainerKit.Tests.Diagnostics;

/// <summary>Whoever listens makes others pay: the test that nobody pays for nothing must be alone.</summary>
[CollectionDefinition(Name)]
public sealed class DiagnosticsCollection
{
    public const string Name = "Diagnostics";
}
