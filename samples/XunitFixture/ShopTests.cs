using ContainerKit.Testing;
using Npgsql;
using Xunit;

namespace XunitFixture;

/// <summary>Each test has a database of its own: none sees the orders of the other.</summary>
public sealed class ShopTests(Shop shop) : IClassFixture<Shop>
{
    [Theory]
    [InlineData("tea")]
    [InlineData("coffee")]
    public async Task First_order_has_number_one(string item)
    {
        await using ModuleContainer database = await shop.StartAsync();
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand("insert into orders (item) values ($1) returning id");
        command.Parameters.Add(new() { Value = item });

        Assert.Equal(1, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}
