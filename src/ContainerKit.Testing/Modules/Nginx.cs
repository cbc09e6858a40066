using System.Globalization;

namespace ContainerKit.Testing;

/// <summary>nginx, as the image <c>nginx</c> has it. Tested with a server of Debian behind the same contract.</summary>
public sealed record Nginx : ContainerModule
{
    /// <summary>nginx 1.</summary>
    public Nginx()
        : base("nginx:1")
    {
    }

    /// <summary>What it serves, a directory of this machine; null: what the image has.</summary>
    public string? Content { get; init; }

    /// <inheritdoc/>
    public override int Port => 80;

    /// <summary>The address of the root, as in <c>http://127.0.0.1:40123/</c>.</summary>
    public override string GetConnectionString(string host, int port) => string.Create(CultureInfo.InvariantCulture, $"http://{host}:{port}/");

    /// <inheritdoc/>
    protected override ContainerSpec CreateSpec()
    {
        ContainerSpec spec = ContainerSpec.FromImage(Image).WithPort(Port).WaitFor(Wait.ForPort(Port)).WaitFor(Wait.ForHttp(Port).WithStatus(status => (int)status < 500));
        return Content is null ? spec : spec.WithFile(ContainerFile.FromPath("/usr/share/nginx/html", Content));
    }
}
