using System.Globalization;

namespace ContainerKit.Testing;

/// <summary>MongoDB, as the image <c>mongo</c> has it. Written for the published contract of the image, and not tried here: Debian has no such server.</summary>
public sealed record MongoDb : ContainerModule
{
    /// <summary>Outside of the volumes of the image, so that a snapshot has the data.</summary>
    private const string DataDirectory = "/mongo-data";

    /// <summary>MongoDB 7.</summary>
    public MongoDb()
        : base("mongo:7")
    {
    }

    /// <summary>The administrator that is made. Default <c>test</c>.</summary>
    public string User { get; init; } = "test";

    /// <summary>Its password. Default <c>test</c>.</summary>
    public string Password { get; init; } = "test";

    /// <inheritdoc/>
    public override int Port => 27017;

    /// <inheritdoc/>
    public override string GetConnectionString(string host, int port)
        => string.Create(CultureInfo.InvariantCulture, $"mongodb://{Uri.EscapeDataString(User)}:{Uri.EscapeDataString(Password)}@{host}:{port}/?authSource=admin");

    /// <inheritdoc/>
    protected override ContainerSpec CreateSpec() => ContainerSpec.FromImage(Image)
        .WithEnvironment("MONGO_INITDB_ROOT_USERNAME", User).WithEnvironment("MONGO_INITDB_ROOT_PASSWORD", Password)

        // The image makes the directory of its volume only; the shell is there to make another one.
        .WithCommand("bash", "-c", $"mkdir -p {DataDirectory} && chown mongodb:mongodb {DataDirectory} && exec docker-entrypoint.sh mongod --bind_ip_all --dbpath {DataDirectory}")
        .WithPort(Port)

        // The server that makes the administrator listens on loopback only, which does not count.
        .WaitFor(Wait.ForPort(Port).WithTimeout(TimeSpan.FromMinutes(2)));
}
