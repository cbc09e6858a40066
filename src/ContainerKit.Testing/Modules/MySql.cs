using System.Globalization;

namespace ContainerKit.Testing;

/// <summary>MySQL, as the image <c>mysql</c> has it. Written for the published contract of the image, and not tried here: Debian has no such server.</summary>
public sealed record MySql : ContainerModule
{
    /// <summary>Outside of the volume of the image, so that a snapshot has the data.</summary>
    private const string DataDirectory = "/mysql-data";

    /// <summary>Protocol version 10 of the handshake, which the server begins with; an error would be 255.</summary>
    private const byte Handshake = 10;

    /// <summary>MySQL 8.4.</summary>
    public MySql()
        : base("mysql:8.4")
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
        .WithEnvironment("MYSQL_DATABASE", Database).WithEnvironment("MYSQL_USER", User)
        .WithEnvironment("MYSQL_PASSWORD", Password).WithEnvironment("MYSQL_ROOT_PASSWORD", Password)
        .WithCommand("mysqld", "--datadir=" + DataDirectory)
        .WithPort(Port)
        .WaitFor(Wait.ForPort(Port).WithTimeout(TimeSpan.FromMinutes(2)))
        .WaitFor(ServerGreeting.Wait(Port, [], 5, answer => answer is { Length: 5, Span: [_, _, _, _, Handshake] }, "MySQL to accept connections").WithTimeout(TimeSpan.FromMinutes(2)));
}
