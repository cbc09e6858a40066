using System.Globalization;

namespace ContainerKit.Testing;

/// <summary>MariaDB, as the image <c>mariadb</c> has it. Tested with a server of Debian behind the same contract.</summary>
public sealed record MariaDb : ContainerModule
{
    /// <summary>Outside of the volume of the image, so that a snapshot has the data.</summary>
    private const string DataDirectory = "/mariadb-data";

    /// <summary>Protocol version 10 of the handshake, which the server begins with; an error would be 255.</summary>
    private const byte Handshake = 10;

    /// <summary>MariaDB 11.</summary>
    public MariaDb()
        : base("mariadb:11")
    {
    }

    /// <summary>The database that is made. Default <c>test</c>.</summary>
    public string Database { get; init; } = "test";

    /// <summary>The user that is made, with all rights in the database. Default <c>test</c>.</summary>
    public string User { get; init; } = "test";

    /// <summary>The password of the user and of root. Default <c>test</c>.</summary>
    public string Password { get; init; } = "test";

    /// <inheritdoc/>
    public override int Port => 3306;

    /// <inheritdoc/>
    public override string GetConnectionString(string host, int port)
        => string.Create(CultureInfo.InvariantCulture, $"Server={host};Port={port};Database={Database};User ID={User};Password={Password}");

    /// <inheritdoc/>
    protected override ContainerSpec CreateSpec() => ContainerSpec.FromImage(Image)
        .WithEnvironment("MARIADB_DATABASE", Database).WithEnvironment("MARIADB_USER", User)
        .WithEnvironment("MARIADB_PASSWORD", Password).WithEnvironment("MARIADB_ROOT_PASSWORD", Password)
        .WithCommand("mariadbd", "--datadir=" + DataDirectory)
        .WithPort(Port)
        .WaitFor(Wait.ForPort(Port).WithTimeout(TimeSpan.FromMinutes(2)))
        .WaitFor(ServerGreeting.Wait(Port, [], 5, answer => answer is { Length: 5, Span: [_, _, _, _, Handshake] }, "MariaDB to accept connections").WithTimeout(TimeSpan.FromMinutes(2)));
}
