using ContainerKit.Testing;
using Npgsql;
using Xunit;

namespace XunitFixture;

/// <summary>One PostgreSQL for all tests of the class: it is started once, and removed when they are done.</summary>
public sealed class OrderTests(ContainerFixture<PostgreSql> postgres) : IClassFixture<ContainerFixture<PostgreSql>>
{
    [Fact]
    public async Task Server_answers()
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand("select 6 * 7");
        Assert.Equal(42, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}
