using System.Globalization;

namespace ContainerKit.Testing;

/// <summary>
/// Microsoft SQL Server, as the image <c>mcr.microsoft.com/mssql/server</c> has it. Written for the published contract of the image, and not tried here. Starting it
/// accepts the licence of the image.
/// </summary>
public sealed record SqlServer : ContainerModule
{
    /// <summary>SQL Server 2022.</summary>
    public SqlServer()
        : base("mcr.microsoft.com/mssql/server:2022-latest")
    {
    }

    /// <summary>The password of sa, which has to be a strong one: at least 8 characters of three kinds.</summary>
    public string Password { get; init; } = "Test-Passw0rd";

    /// <inheritdoc/>
    public override int Port => 1433;

    /// <inheritdoc/>
    public override string GetConnectionString(string host, int port)
        => string.Create(CultureInfo.InvariantCulture, $"Server={host},{port};Database=master;User ID=sa;Password={Password};TrustServerCertificate=True");

    /// <inheritdoc/>
    protected override ContainerSpec CreateSpec() => ContainerSpec.FromImage(Image)
        .WithEnvironment("ACCEPT_EULA", "Y").WithEnvironment("MSSQL_SA_PASSWORD", Password)
        .WithPort(Port)
        .WaitFor(Wait.ForPort(Port).WithTimeout(TimeSpan.FromMinutes(3)))
        .WaitFor(Wait.ForLog("Recovery is complete").WithTimeout(TimeSpan.FromMinutes(3)));
}
