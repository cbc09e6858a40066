namespace ContainerKit.Testing;

/// <summary>MariaDB, as the image <c>mariadb</c> has it. Tested with a server of Debian behind the same contract.</summary>
public sealed record MariaDb : ContainerModule
{
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
    public override int Port => MySqlServer.Port;

    /// <inheritdoc/>
    public override string GetConnectionString(string host, int port)
        => MySqlServer.GetConnectionString(host, port, Database, User, Password);

    /// <inheritdoc/>
    protected override ContainerSpec CreateSpec()
        => MySqlServer.CreateSpec(Image, "MariaDB", "mariadbd", "/mariadb-data", "MARIADB", Database, User, Password);
}
