using System.Globalization;
using System.Net;

namespace ContainerKit.Testing;

/// <summary>
/// Apache Kafka, one broker without ZooKeeper, as the image <c>apache/kafka</c> has it. Written for the published contract of the image, and not tried here: Debian
/// has no such server.
/// </summary>
public sealed record Kafka : ContainerModule
{
    /// <summary>The listener for other containers of its network.</summary>
    public const int InternalPort = 9093;

    private const int ControllerPort = 9094;
    private const string Script = "/tmp/containerkit-start.sh";

    /// <summary>Kafka 3.9.</summary>
    public Kafka()
        : base("apache/kafka:3.9.0")
    {
    }

    /// <summary>The name that clients in other containers are sent to; give it to the container as its alias in their network. Default <c>kafka</c>.</summary>
    public string Alias { get; init; } = "kafka";

    /// <summary>The listener for clients of this machine. Those in other containers use <see cref="InternalPort"/>.</summary>
    public override int Port => 9092;

    /// <summary>The address of the broker, for <c>bootstrap.servers</c>.</summary>
    public override string GetConnectionString(string host, int port) => string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");

    /// <inheritdoc/>
    protected internal override bool IsCompletedLater => true;

    /// <summary>The broker sends its clients to the address that it is told: that is known only when the port is published.</summary>
    /// <inheritdoc/>
    protected internal override async Task CompleteAsync(Container container, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(container);
        IPEndPoint endpoint = container.GetHostEndpoint(Port);
        string script = string.Create(
            CultureInfo.InvariantCulture,
            $"export KAFKA_ADVERTISED_LISTENERS=OUTSIDE://{endpoint},INSIDE://{Alias}:{InternalPort}\nexec /etc/kafka/docker/run\n");

        // Another name first: what waits for the script must not see half of it.
        string write = $"printf '%s' \"$SCRIPT\" > {Script}.new && mv {Script}.new {Script}";
        ExecResult written = await container.ExecAsync(ExecSpec.ForCommand("sh", "-c", write).WithEnvironment("SCRIPT", script), cancellationToken).ConfigureAwait(false);
        if (written.ExitCode != 0)
            throw new InvalidStateException($"The broker in container {container} can't be told its address: {written.StandardError.Trim()}");
    }

    /// <inheritdoc/>
    protected override ContainerSpec CreateSpec() => ContainerSpec.FromImage(Image)
        .WithEnvironment("KAFKA_NODE_ID", "1").WithEnvironment("KAFKA_PROCESS_ROLES", "broker,controller")
        .WithEnvironment("KAFKA_LISTENERS", string.Create(CultureInfo.InvariantCulture, $"OUTSIDE://0.0.0.0:{Port},INSIDE://0.0.0.0:{InternalPort},CONTROLLER://0.0.0.0:{ControllerPort}"))
        .WithEnvironment("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "OUTSIDE:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT")
        .WithEnvironment("KAFKA_INTER_BROKER_LISTENER_NAME", "INSIDE").WithEnvironment("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER")
        .WithEnvironment("KAFKA_CONTROLLER_QUORUM_VOTERS", string.Create(CultureInfo.InvariantCulture, $"1@localhost:{ControllerPort}"))
        .WithEnvironment("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1").WithEnvironment("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1")
        .WithEnvironment("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1").WithEnvironment("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0")
        .WithEntrypoint("sh", "-c", $"while [ ! -f {Script} ]; do sleep 0.05; done; . {Script}")
        .WithPort(Port)
        .WaitFor(Wait.ForPort(Port).WithTimeout(TimeSpan.FromMinutes(2)))
        .WaitFor(Wait.ForLog("Kafka Server started").WithTimeout(TimeSpan.FromMinutes(2)));
}
