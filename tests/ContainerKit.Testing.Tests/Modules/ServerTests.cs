using System.Net.Sockets;
using System.Text;
using ContainerKit.Testing.Tests.Images;
using MySqlConnector;
using Npgsql;
using RabbitMQ.Client;
using StackExchange.Redis;
using Xunit;

namespace ContainerKit.Testing.Tests.Modules;

/// <summary>Modules with real servers: started, ready when they say so, and their connection strings taken by the clients that people use.</summary>
public sealed class ServerTests(TestBed bed)
{
    private static CancellationToken Token => TestBed.Token;

    [Fact]
    public async Task PostgreSQL_takes_queries()
    {
        await bed.RequirePostgresAsync();
        await using ModuleContainer server = await bed.Engine.StartAsync(new PostgreSql { Database = "orders", User = "clerk", Password = "s3cret;'" }, Token);
        var connection = new NpgsqlConnectionStringBuilder(server.ConnectionString.Replace("s3cret;'", "x", StringComparison.Ordinal)) { Password = "s3cret;'" };
        await using var source = NpgsqlDataSource.Create(connection);
        await using NpgsqlCommand command = source.CreateCommand("select current_database() || ' ' || current_user || ' ' || current_setting('fsync')");

        Assert.Equal("orders clerk off", await command.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task MariaDB_takes_queries()
    {
        bed.RequireUsers();
        await bed.RequireImageAsync(new MariaDb().Image, ServerImages.MariaDbAsync);
        await using ModuleContainer server = await bed.Engine.StartAsync(new MariaDb(), Token);
        await using var connection = new MySqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);
        await using MySqlCommand command = new("select concat(database(), ' ', current_user())", connection);

        Assert.Equal("test test@%", await command.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task Redis_takes_commands_with_and_without_a_password()
    {
        await bed.RequireRedisAsync();
        foreach (Redis module in (Redis[])[new(), new() { Password = "secret" }])
        {
            await using ModuleContainer server = await bed.Engine.StartAsync(module, Token);
            await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
            IDatabase database = connection.GetDatabase();
            await database.StringSetAsync("key", "value");

            Assert.Equal("value", (string?)await database.StringGetAsync("key"));
        }
    }

    [Fact]
    public async Task RabbitMQ_delivers_messages()
    {
        bed.RequireUsers();
        await bed.RequireImageAsync(new RabbitMq().Image, ServerImages.RabbitMqAsync);
        await using ModuleContainer server = await bed.Engine.StartAsync(new RabbitMq(), Token);
        var factory = new ConnectionFactory { Uri = new Uri(server.ConnectionString) };
        await using IConnection connection = await factory.CreateConnectionAsync(Token);
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: Token);
        QueueDeclareOk queue = await channel.QueueDeclareAsync(cancellationToken: Token);
        await channel.BasicPublishAsync("", queue.QueueName, Encoding.UTF8.GetBytes("message"), Token);
        BasicGetResult? result;
        do
        {
            result = await channel.BasicGetAsync(queue.QueueName, autoAck: true, Token);
        }
        while (result is null);

        Assert.Equal("message", Encoding.UTF8.GetString(result.Body.Span));
    }

    [Fact]
    public async Task Nginx_serves_files_of_this_machine()
    {
        await bed.RequireImageAsync(new Nginx().Image, ServerImages.NginxAsync);
        string content = Directory.CreateDirectory(Path.Combine(bed.Directory, "www-" + Guid.NewGuid().ToString("n"))).FullName;
        await File.WriteAllTextAsync(Path.Combine(content, "hello.txt"), "hello\n", Token);
        await using ModuleContainer server = await bed.Engine.StartAsync(new Nginx { Content = content }, Token);
        using var client = new HttpClient { BaseAddress = new Uri(server.ConnectionString) };

        Assert.Equal("hello\n", await client.GetStringAsync("hello.txt", Token));
    }

    [Fact]
    public async Task Memcached_keeps_values()
    {
        await bed.RequireImageAsync(new Memcached().Image, ServerImages.MemcachedAsync);
        await using ModuleContainer server = await bed.Engine.StartAsync(new Memcached(), Token);
        using var client = new TcpClient();
        await client.ConnectAsync(server.Endpoint, Token);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync("set key 0 0 5\r\nvalue\r\nget key\r\nquit\r\n"u8.ToArray(), Token);
        using var reader = new StreamReader(stream);

        Assert.Equal("STORED\r\nVALUE key 0 5\r\nvalue\r\nEND\r\n", await reader.ReadToEndAsync(Token));
    }
}
