using Xunit;

namespace ContainerKit.Testing.Tests.Modules;

/// <summary>What modules hand to the published images, and to clients.</summary>
public sealed class ContractTests
{
    public static TheoryData<ContainerModule, string, string, string[]> Modules => new()
    {
        { new PostgreSql(), "postgres:", "Host=h;Port=1;Database=test;Username=test;Password=test", ["POSTGRES_DB", "POSTGRES_PASSWORD", "POSTGRES_USER", "PGDATA"] },
        { new MySql(), "mysql:", "Server=h;Port=1;Database=test;User ID=test;Password=test", ["MYSQL_DATABASE", "MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD", "MYSQL_USER"] },
        { new MariaDb(), "mariadb:", "Server=h;Port=1;Database=test;User ID=test;Password=test", ["MARIADB_DATABASE", "MARIADB_PASSWORD", "MARIADB_ROOT_PASSWORD", "MARIADB_USER"] },
        { new Redis(), "redis:", "h:1", [] },
        { new RabbitMq(), "rabbitmq:", "amqp://test:test@h:1/", ["RABBITMQ_DEFAULT_PASS", "RABBITMQ_DEFAULT_USER"] },
        { new MongoDb { Password = "a/b" }, "mongo:", "mongodb://test:a%2Fb@h:1/?authSource=admin", ["MONGO_INITDB_ROOT_PASSWORD", "MONGO_INITDB_ROOT_USERNAME"] },
        { new Kafka(), "apache/kafka:", "h:1", ["KAFKA_LISTENERS", "KAFKA_NODE_ID", "KAFKA_PROCESS_ROLES"] },
        { new SqlServer(), "mcr.microsoft.com/mssql/server:", "Server=h,1;Database=master;User ID=sa;Password=Test-Passw0rd;TrustServerCertificate=True", ["ACCEPT_EULA", "MSSQL_SA_PASSWORD"] },
        { new Elasticsearch(), "docker.elastic.co/elasticsearch/elasticsearch:", "http://elastic:test@h:1/", ["ELASTIC_PASSWORD", "discovery.type"] },
        { new Minio(), "minio/minio:", "http://h:1", ["MINIO_ROOT_PASSWORD", "MINIO_ROOT_USER"] },
        { new Azurite(), "mcr.microsoft.com/azure-storage/azurite:", "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;", [] },
        { new Keycloak(), "quay.io/keycloak/keycloak:", "http://h:1/", ["KC_BOOTSTRAP_ADMIN_PASSWORD", "KC_BOOTSTRAP_ADMIN_USERNAME", "KC_HEALTH_ENABLED"] },
        { new Nginx(), "nginx:", "http://h:1/", [] },
        { new Memcached(), "memcached:", "h:1", [] },
    };

    [Theory]
    [MemberData(nameof(Modules), DisableDiscoveryEnumeration = true)]
    public void Module_keeps_the_contract_of_its_image(ContainerModule module, string image, string connectionString, string[] variables)
    {
        ContainerSpec spec = module.ToSpec();

        Assert.StartsWith(image, spec.Image, StringComparison.Ordinal);
        Assert.Contains(spec.Ports, port => port.ContainerPort == module.Port && port.HostPort is null);
        Assert.NotNull(spec.Readiness);
        Assert.Superset(variables.ToHashSet(), spec.Environment.Keys.ToHashSet());
        Assert.StartsWith(connectionString, module.GetConnectionString("h", 1), StringComparison.Ordinal);
    }

    [Fact]
    public void Modules_are_changed_by_copies()
    {
        var module = new PostgreSql();
        ContainerModule changed = (module with { Database = "orders", Image = "mirror.local/postgres:16" }).With(spec => spec.WithMemoryLimit(ByteSize.MiB(256))).With(spec => spec.WithName("db"));

        Assert.Equal((null, null, "postgres:17"), (module.ToSpec().MemoryLimit, module.ToSpec().Name, module.ToSpec().Image));
        Assert.Equal((ByteSize.MiB(256), "db", "mirror.local/postgres:16", "orders"), (changed.ToSpec().MemoryLimit, changed.ToSpec().Name, changed.ToSpec().Image, changed.ToSpec().Environment["POSTGRES_DB"]));
    }
}
