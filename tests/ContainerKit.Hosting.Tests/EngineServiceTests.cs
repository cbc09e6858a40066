using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace ContainerKit.Hosting.Tests;

/// <summary>The engine as a service.</summary>
public sealed class EngineServiceTests(HostingBed bed)
{
    private static CancellationToken Token => HostingBed.Token;

    [Fact]
    public async Task Engine_is_open_before_services_start_and_closed_after_they_stopped()
    {
        HostApplicationBuilder builder = HostingBed.NewApplication();
        builder.Services.AddHostedService<User>();
        builder.Services.AddContainerKit(options => options.DataRoot = bed.NewRoot());
        ContainerEngine engine;
        string[] steps;
        using (IHost host = builder.Build())
        {
            await host.StartAsync(Token);
            engine = host.Services.GetRequiredService<ContainerEngine>();
            Assert.Same(engine, await host.Services.GetRequiredService<IContainerEngineProvider>().GetAsync(Token));
            await host.StopAsync(Token);
            steps = [.. host.Services.GetServices<IHostedService>().OfType<User>().Single().Steps];
            await Assert.ThrowsAsync<ObjectDisposedException>(() => host.Services.GetRequiredService<IContainerEngineProvider>().GetAsync(Token));
        }

        // The container of the service runs until the service stops, not only until the engine is closed.
        Assert.Equal(["started Running", "stopped Running"], steps);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => engine.Containers.ListAsync(Token));
    }

    [Fact]
    public async Task Engine_before_the_start_of_the_host_is_an_error_that_says_what_to_do()
    {
        var services = new ServiceCollection();
        services.AddContainerKit(options => options.DataRoot = bed.NewRoot());
        await using ServiceProvider provider = services.BuildServiceProvider();

        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => provider.GetRequiredService<ContainerEngine>());
        Assert.Contains(nameof(IContainerEngineProvider), e.Message, StringComparison.Ordinal);

        // Without a host: the first one who asks opens it, the others get the same.
        IContainerEngineProvider engines = provider.GetRequiredService<IContainerEngineProvider>();
        ContainerEngine[] opened = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => engines.GetAsync(Token)));
        Assert.Single(opened.Distinct());
        Assert.Same(opened[0], provider.GetRequiredService<ContainerEngine>());
    }

    [Fact]
    public async Task Application_whose_engine_cannot_be_opened_does_not_start()
    {
        HostApplicationBuilder builder = HostingBed.NewApplication();
        builder.Services.AddHostedService<User>();
        string file = Path.GetTempFileName();
        try
        {
            builder.Services.AddContainerKit(options => options.DataRoot = Path.Combine(file, "data"));
            using IHost host = builder.Build();

            await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(Token));
            Assert.Empty(host.Services.GetServices<IHostedService>().OfType<User>().Single().Steps);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Keyed_engines_are_engines_of_their_own()
    {
        (string first, string second) = (bed.NewRoot(), bed.NewRoot());
        HostApplicationBuilder builder = HostingBed.NewApplication();
        builder.Services.AddContainerKit(options => options.DataRoot = first).AddKeyedContainerKit("builds", options => options.DataRoot = second);

        // Once more: the same engine, with other options.
        builder.Services.AddKeyedContainerKit("builds", options => options.PrepareContainers = false);
        using IHost host = builder.Build();
        await host.StartAsync(Token);

        Assert.Equal(first, host.Services.GetRequiredService<ContainerEngine>().DataRoot);
        Assert.Equal(second, host.Services.GetRequiredKeyedService<ContainerEngine>("builds").DataRoot);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task Settings_come_from_the_configuration_and_code_has_the_last_word()
    {
        string root = bed.NewRoot();
        EngineOptions? seen = null;
        HostApplicationBuilder builder = HostingBed.NewApplication();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ContainerKit:dataroot"] = root,
            ["ContainerKit:PrepareContainers"] = "false",
            ["ContainerKit:StartContainers"] = "true",
            ["ContainerKit:ShutdownTimeout"] = "00:00:10",
        });
        builder.Services.AddContainerKit(builder.Configuration.GetSection("ContainerKit"), options => options.Customize = (_, engine) => seen = engine with { StartContainers = false });
        using IHost host = builder.Build();
        await host.StartAsync(Token);

        Assert.Equal((root, false, true, TimeSpan.FromSeconds(10)), (seen!.DataRoot, seen.PrepareContainers, !seen.StartContainers, seen.ShutdownTimeout));
        Assert.NotNull(seen.LoggerFactory);
        await host.StopAsync(Token);
    }

    [Theory]
    [InlineData("DataRot", "x", "ContainerKit:DataRot: there is no such setting")]
    [InlineData("StartContainers", "perhaps", "ContainerKit:StartContainers: 'perhaps' is neither")]
    [InlineData("ShutdownTimeout", "-1", "ContainerKit:ShutdownTimeout: '-1' is no time")]
    public async Task Settings_that_make_no_sense_are_errors_that_name_them(string key, string value, string expected)
    {
        HostApplicationBuilder builder = HostingBed.NewApplication();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ContainerKit:" + key] = value });
        builder.Services.AddContainerKit(builder.Configuration.GetSection("ContainerKit"));
        using IHost host = builder.Build();

        InvalidOperationException e = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(Token));
        Assert.StartsWith(expected, e.Message, StringComparison.Ordinal);
    }

    private sealed class User(IContainerEngineProvider engines) : IHostedService
    {
        private Container? _container;

        public ConcurrentQueue<string> Steps { get; } = [];

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            _container = await (await engines.GetAsync(cancellationToken)).Containers.StartAsync(HostingBed.Sleeper, cancellationToken);
            Steps.Enqueue($"started {(await _container.InspectAsync(cancellationToken)).Status}");
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            Steps.Enqueue($"stopped {(await _container!.InspectAsync(cancellationToken)).Status}");
        }
    }
}
