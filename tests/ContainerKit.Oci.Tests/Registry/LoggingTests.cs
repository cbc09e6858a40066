using System.Collections.Concurrent;
using ContainerKit.TestSupport.Registry;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ContainerKit.Oci.Tests.Registry;

public sealed class LoggingTests : RegistryTest
{
    private const string Password = "very-secret";

    [Fact]
    public async Task Every_request_is_logged_and_no_secret_is()
    {
        Server.Tokens = OwnServer(await TestTokenServer.StartAsync());
        Server.Tokens.User = "ada:" + Password;
        (Descriptor blob, byte[] content) = AddBlob();
        TestRegistry storage = await StartRegistryAsync();
        storage.AddBlob("team/app", content);
        Server.RedirectBlobs = path => $"{storage.Address}{path[1..]}?signature=hidden";
        var log = new Lines();
        RegistryClient client = OpenAs(RegistryCredential.FromPassword("ada", Password), Fast with { LoggerFactory = log });

        Assert.Equal(content, await ReadAsync(client, blob));

        string[] lines = [.. log.All];
        Assert.Contains(lines, line => line.Contains("401", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(Server.Tokens.Address.ToString().TrimEnd('/'), StringComparison.Ordinal) && line.Contains("200", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(storage.Name, StringComparison.Ordinal));
        string all = string.Join('\n', lines);
        foreach (string secret in (string[])[Password, "hidden", "Bearer", "Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("ada:" + Password))])
        {
            Assert.DoesNotContain(secret, all, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_request_without_an_answer_is_logged()
    {
        FaultProxy proxy = OwnServer(new FaultProxy(Server.Port, _ => new ConnectionFault(CutAfter: 0)));
        var log = new Lines();

        await Assert.ThrowsAsync<RegistryException>(() => Open(Fast with { LoggerFactory = log, MaxRetries = 1 }).PingAsync(proxy.Name, Token));

        Assert.Equal(2, log.All.Count(line => line.Contains("no answer", StringComparison.Ordinal)));
    }

    private sealed class Lines : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> All { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => All.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}
