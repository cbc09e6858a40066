using ContainerKit.Testing;
using Npgsql;
using Xunit;

public class DatabaseTests(ContainerFixture<PostgreSql> postgres) : IClassFixture<ContainerFixture<PostgreSql>>
{
    [Fact]
    public async Task Database_answers()
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var command = source.CreateCommand("select 6 * 7");
        Assert.Equal(42, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}
