using Xunit;

namespace ContainerKit.IntegrationTests.Isolation;

/// <summary>The tests that share an <see cref="IsolationFixture"/>.</summary>
[CollectionDefinition(Name)]
public sealed class IsolationCollection : ICollectionFixture<IsolationFixture>
{
    internal const string Name = "Isolation";
}
