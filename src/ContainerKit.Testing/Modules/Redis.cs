using System.Globalization;
using System.Text;

namespace ContainerKit.Testing;

/// <summary>Redis, as the image <c>redis</c> has it (those of Valkey, too). Tested with a server of Debian.</summary>
public sealed record Redis : ContainerModule
{
    /// <summary>Redis 7.</summary>
    public Redis()
        : base("redis:7")
    {
    }

    /// <summary>The password; null, the default: none.</summary>
    public string? Password { get; init; }

    /// <inheritdoc/>
    public override int Port => 6379;

    /// <inheritdoc/>
    public override string GetConnectionString(string host, int port)
        => string.Create(CultureInfo.InvariantCulture, $"{host}:{port}{(Password is null ? "" : $",password={Password}")}");

    /// <inheritdoc/>
    protected override ContainerSpec CreateSpec() => ContainerSpec.FromImage(Image)
        .WithCommand((string[])["redis-server", "--save", "", "--appendonly", "no", .. Password is null ? (string[])["--protected-mode", "no"] : ["--requirepass", Password]])
        .WithPort(Port)
        .WaitFor(Wait.ForPort(Port))
        .WaitFor(ServerGreeting.Wait(Port, "PING\r\n"u8.ToArray(), 5, IsReady, "Redis to answer PING"));

    /// <summary>While it loads its data it answers -LOADING.</summary>
    private static bool IsReady(ReadOnlyMemory<byte> answer) => Encoding.ASCII.GetString(answer.Span) is "+PONG" or "-NOAU";
}
