using Xunit;

namespace ContainerKit.IntegrationTests.Programs;

[CollectionDefinition(Name)]
public sealed class DebianCollection : ICollectionFixture<DebianFixture>
{
    public const string Name = "Debian";
}
