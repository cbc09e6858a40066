using System.Globalization;

namespace ContainerKit.Testing;

/// <summary>
/// Elasticsearch, one node without TLS, as the image <c>docker.elastic.co/elasticsearch/elasticsearch</c> has it. Written for the published contract of the image,
/// and not tried here: Debian has no such server.
/// </summary>
public sealed record Elasticsearch : ContainerModule
{
    /// <summary>Elasticsearch 8.</summary>
    public Elasticsearch()
        : base("docker.elastic.co/elasticsearch/elasticsearch:8.17.0")
    {
    }

    /// <summary>The password of the user <c>elastic</c>. Default <c>test</c>.</summary>
    public string Password { get; init; } = "test";

    /// <summary>How many MiB its heap has. Default 512.</summary>
    public int HeapMegabytes { get; init; } = 512;

    /// <inheritdoc/>
    public override int Port => 9200;

    /// <summary>The address with user and password.</summary>
    public override string GetConnectionString(string host, int port)
        => string.Create(CultureInfo.InvariantCulture, $"http://elastic:{Uri.EscapeDataString(Password)}@{host}:{port}/");

    /// <inheritdoc/>
    protected override ContainerSpec CreateSpec() => ContainerSpec.FromImage(Image)
        .WithEnvironment("discovery.type", "single-node").WithEnvironment("ELASTIC_PASSWORD", Password)
        .WithEnvironment("xpack.security.http.ssl.enabled", "false")
        .WithEnvironment("ES_JAVA_OPTS", string.Create(CultureInfo.InvariantCulture, $"-Xms{HeapMegabytes}m -Xmx{HeapMegabytes}m"))
        .WithPort(Port)
        .WaitFor(Wait.ForHttp(Port, "/_cluster/health?wait_for_status=yellow&timeout=1s").WithBasicAuthentication("elastic", Password).WithTimeout(TimeSpan.FromMinutes(3)));
}
