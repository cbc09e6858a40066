using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace ContainerKit.Testing;

/// <summary>PostgreSQL, as the image <c>postgres</c> has it. Tested with a server of Debian behind the same contract.</summary>
public sealed record PostgreSql : ContainerModule
{
    /// <summary>Outside of the volume of the image, so that a snapshot has the data.</summary>
    private const string DataDirectory = "/pgdata";

    /// <summary>PostgreSQL 17.</summary>
    public PostgreSql()
        : base("postgres:17")
    {
    }

    /// <summary>The database that is made. Default <c>test</c>.</summary>
    public string Database { get; init; } = "test";

    /// <summary>The superuser that is made. Default <c>test</c>.</summary>
    public string User { get; init; } = "test";

    /// <summary>Its password. Default <c>test</c>.</summary>
    public string Password { get; init; } = "test";

    /// <summary>
    /// True: fsync, synchronous commits and full pages are off. What a test writes need not survive the machine, and it is several times as fast. Default true.
    /// </summary>
    public bool IsFast { get; init; } = true;

    /// <inheritdoc/>
    public override int Port => 5432;

    /// <inheritdoc/>
    public override string GetConnectionString(string host, int port)
        => string.Create(CultureInfo.InvariantCulture, $"Host={host};Port={port};Database={Database};Username={User};Password={Password}");

    /// <inheritdoc/>
    protected override ContainerSpec CreateSpec() => ContainerSpec.FromImage(Image)
        .WithEnvironment("POSTGRES_DB", Database).WithEnvironment("POSTGRES_USER", User).WithEnvironment("POSTGRES_PASSWORD", Password)
        .WithEnvironment("PGDATA", DataDirectory)
        .WithCommand((string[])["postgres", .. IsFast ? (string[])["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"] : []])
        .WithStopSignal("SIGINT")
        .WithPort(Port)
        .WaitFor(Wait.ForPort(Port))
        .WaitFor(ServerGreeting.Wait(Port, CreateStartup(), 1, IsReady, "PostgreSQL to accept connections"));

    /// <summary>The first message of a connection, protocol 3.0: length, version, name and value of parameters.</summary>
    private byte[] CreateStartup()
    {
        byte[] parameters = Encoding.UTF8.GetBytes($"user\0{User}\0database\0{Database}\0\0");
        byte[] message = new byte[8 + parameters.Length];
        BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), 3 << 16);
        parameters.CopyTo(message, 8);
        return message;
    }

    /// <summary>It asks for the password (R). While it starts up it refuses (E), with SQLSTATE 57P03.</summary>
    private static bool IsReady(ReadOnlyMemory<byte> answer) => answer.Span[0] == 'R';
}
