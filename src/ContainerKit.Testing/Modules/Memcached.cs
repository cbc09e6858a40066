using System.Globalization;
using System.Text;

namespace ContainerKit.Testing;

/// <summary>memcached, as the image <c>memcached</c> has it. Tested with a server of Debian.</summary>
public sealed record Memcached : ContainerModule
{
    /// <summary>memcached 1.6.</summary>
    public Memcached()
        : base("memcached:1.6")
    {
    }

    /// <summary>How many MiB it keeps. Default 64.</summary>
    public int Megabytes { get; init; } = 64;

    /// <inheritdoc/>
    public override int Port => 11211;

    /// <summary>Host and port.</summary>
    public override string GetConnectionString(string host, int port) => string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");

    /// <inheritdoc/>
    protected override ContainerSpec CreateSpec() => ContainerSpec.FromImage(Image)
        .WithCommand("memcached", "-m", Megabytes.ToString(CultureInfo.InvariantCulture))
        .WithPort(Port)
        .WaitFor(Wait.ForPort(Port))
        .WaitFor(ServerGreeting.Wait(Port, "version\r\n"u8.ToArray(), 7, answer => Encoding.ASCII.GetString(answer.Span) == "VERSION", "memcached to tell its version"));
}
