using System.Globalization;

namespace ContainerKit.Testing;

/// <summary>MinIO, an object store with the API of S3, as the image <c>minio/minio</c> has it. Written for the published contract of the image, and not tried here: Debian has no such server.</summary>
public sealed record Minio : ContainerModule
{
    /// <summary>A release of 2024.</summary>
    public Minio()
        : base("minio/minio:RELEASE.2024-12-18T13-15-44Z")
    {
    }

    /// <summary>The access key. Default <c>testtest</c>.</summary>
    public string AccessKey { get; init; } = "testtest";

    /// <summary>The secret key, at least 8 characters. Default <c>testtest</c>.</summary>
    public string SecretKey { get; init; } = "testtest";

    /// <inheritdoc/>
    public override int Port => 9000;

    /// <summary>The address of the service, which clients of S3 are given with both keys, and path-style addresses.</summary>
    public override string GetConnectionString(string host, int port) => string.Create(CultureInfo.InvariantCulture, $"http://{host}:{port}");

    /// <inheritdoc/>
    protected override ContainerSpec CreateSpec() => ContainerSpec.FromImage(Image)
        .WithEnvironment("MINIO_ROOT_USER", AccessKey).WithEnvironment("MINIO_ROOT_PASSWORD", SecretKey)
        .WithCommand("server", "/data")
        .WithPort(Port)
        .WaitFor(Wait.ForHttp(Port, "/minio/health/ready"));
}
