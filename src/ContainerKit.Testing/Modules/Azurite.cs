using System.Globalization;

namespace ContainerKit.Testing;

/// <summary>
/// Azurite, blobs, queues and tables of Azure storage, as the image <c>mcr.microsoft.com/azure-storage/azurite</c> has it. Written for the published contract of the
/// image, and not tried here.
/// </summary>
public sealed record Azurite : ContainerModule
{
    /// <summary>The account that every Azurite has, published by its makers: no secret.</summary>
    private const string Account = "devstoreaccount1";

    private const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private const int QueuePort = 10001;
    private const int TablePort = 10002;

    /// <summary>Azurite 3.</summary>
    public Azurite()
        : base("mcr.microsoft.com/azure-storage/azurite:3.33.0")
    {
    }

    /// <summary>The port of blobs. <see cref="GetFullConnectionString"/> has those of queues and tables, too.</summary>
    public override int Port => 10000;

    /// <summary>For blobs.</summary>
    public override string GetConnectionString(string host, int port)
        => string.Create(CultureInfo.InvariantCulture, $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={AccountKey};BlobEndpoint=http://{host}:{port}/{Account};");

    /// <summary>For blobs, queues and tables.</summary>
    /// <param name="container">A running container of this module.</param>
    public string GetFullConnectionString(Container container)
    {
        ArgumentNullException.ThrowIfNull(container);
        return GetConnectionString(container)
            + $"QueueEndpoint=http://{container.GetHostEndpoint(QueuePort)}/{Account};TableEndpoint=http://{container.GetHostEndpoint(TablePort)}/{Account};";
    }

    /// <inheritdoc/>
    protected override ContainerSpec CreateSpec() => ContainerSpec.FromImage(Image)
        .WithCommand("azurite", "--blobHost", "0.0.0.0", "--queueHost", "0.0.0.0", "--tableHost", "0.0.0.0", "--location", "/data", "--skipApiVersionCheck")
        .WithPort(Port).WithPort(QueuePort).WithPort(TablePort)
        .WaitFor(Wait.All(Wait.ForPort(Port), Wait.ForPort(QueuePort), Wait.ForPort(TablePort)));
}
