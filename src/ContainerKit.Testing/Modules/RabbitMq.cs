using System.Globalization;

namespace ContainerKit.Testing;

/// <summary>RabbitMQ, as the image <c>rabbitmq</c> has it. Tested with a server of Debian behind the same contract.</summary>
public sealed record RabbitMq : ContainerModule
{
    /// <summary>RabbitMQ 4.</summary>
    public RabbitMq()
        : base("rabbitmq:4")
    {
    }

    /// <summary>The user that is made. Default <c>test</c>.</summary>
    public string User { get; init; } = "test";

    /// <summary>Its password. Default <c>test</c>.</summary>
    public string Password { get; init; } = "test";

    /// <inheritdoc/>
    public override int Port => 5672;

    /// <inheritdoc/>
    public override string GetConnectionString(string host, int port)
        => string.Create(CultureInfo.InvariantCulture, $"amqp://{Uri.EscapeDataString(User)}:{Uri.EscapeDataString(Password)}@{host}:{port}/");

    /// <inheritdoc/>
    protected override ContainerSpec CreateSpec() => ContainerSpec.FromImage(Image)
        .WithEnvironment("RABBITMQ_DEFAULT_USER", User).WithEnvironment("RABBITMQ_DEFAULT_PASS", Password)
        .WithHostname("rabbit")
        .WithPort(Port)
        .WaitFor(Wait.ForPort(Port).WithTimeout(TimeSpan.FromMinutes(3)))
        .WaitFor(Wait.ForLog("Server startup complete").WithTimeout(TimeSpan.FromMinutes(3)));
}
