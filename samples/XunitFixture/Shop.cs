using ContainerKit;
using ContainerKit.Testing;
using Npgsql;

namespace XunitFixture;

/// <summary>A database with the schema of the shop, from which each test gets a fresh copy in milliseconds.</summary>
public sealed class Shop : SnapshotFixture<PostgreSql>
{
    protected override PostgreSql ConfigureModule(PostgreSql module) => module with { Database = "shop" };

    protected override async Task PrepareAsync(Container container, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(Module.GetConnectionString(container));
        await using NpgsqlCommand migrate = source.CreateCommand("create table orders (id serial primary key, item text not null)");
        await migrate.ExecuteNonQueryAsync(cancellationToken);
    }
}
