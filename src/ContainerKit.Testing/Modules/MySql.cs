namespace ContainerKit.Testing;

/// <summary>MySQL, as the image <c>mysql</c> has it. Written for the published contract of the image, and not tried here: Debian has no such server.</summary>
public sealed record MySql : ContainerModule
{
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
    public override int Port => MySqlServer.Port;

    /// <inheritdoc/>
    public override string GetConnectionString(string host, int port)
        => MySqlServer.GetConnectionString(host, port, Database, User, Password);

    /// <inheritdoc/>
    protected override ContainerSpec CreateSpec()
        => MySqlServer.CreateSpec(Image, "MySQL", "mysqld", "/mysql-data", "MYSQL", Database, User, Password);
}
