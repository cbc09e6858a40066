using System.Globalization;

namespace ContainerKit.Testing;

/// <summary>Keycloak, in its development mode, as the image <c>quay.io/keycloak/keycloak</c> has it. Written for the published contract of the image, and not tried here: Debian has no such server.</summary>
public sealed record Keycloak : ContainerModule
{
    /// <summary>Health since Keycloak 25.</summary>
    private const int ManagementPort = 9000;

    /// <summary>Keycloak 26.</summary>
    public Keycloak()
        : base("quay.io/keycloak/keycloak:26.0")
    {
    }

    /// <summary>The administrator. Default <c>admin</c>.</summary>
    public string User { get; init; } = "admin";

    /// <summary>The administrator's password. Default <c>admin</c>.</summary>
    public string Password { get; init; } = "admin";

    /// <summary>A realm to import, a JSON file of this machine; null: none.</summary>
    public string? Realm { get; init; }

    /// <inheritdoc/>
    public override int Port => 8080;

    /// <summary>The address of the server, which those of the realms begin with.</summary>
    public override string GetConnectionString(string host, int port) => string.Create(CultureInfo.InvariantCulture, $"http://{host}:{port}/");

    /// <inheritdoc/>
    protected override ContainerSpec CreateSpec()
    {
        ContainerSpec spec = ContainerSpec.FromImage(Image)
            .WithEnvironment("KC_BOOTSTRAP_ADMIN_USERNAME", User).WithEnvironment("KC_BOOTSTRAP_ADMIN_PASSWORD", Password).WithEnvironment("KC_HEALTH_ENABLED", "true")
            .WithPort(Port).WithPort(ManagementPort)
            .WaitFor(Wait.ForHttp(ManagementPort, "/health/ready").WithTimeout(TimeSpan.FromMinutes(3)));
        return Realm is null
            ? spec.WithCommand("start-dev")
            : spec.WithCommand("start-dev", "--import-realm").WithFile(ContainerFile.FromPath("/opt/keycloak/data/import/realm.json", Realm));
    }
}
