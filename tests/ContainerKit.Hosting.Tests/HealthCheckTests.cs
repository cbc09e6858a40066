using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Xunit;
using CheckStatus = Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus;

namespace ContainerKit.Hosting.Tests;

/// <summary>What an application tells of its engine and containers.</summary>
public sealed class HealthCheckTests(HostingBed bed)
{
    [Fact]
    public async Task Engine_and_containers_are_checked()
    {
        CancellationToken token = HostingBed.Token;
        HostApplicationBuilder builder = HostingBed.NewApplication();
        builder.Services.AddContainerKit(options => options.DataRoot = bed.NewRoot());
        builder.Services.AddHealthChecks().AddContainerKit().AddContainer("db").AddContainer("checked").AddContainer("gone", failureStatus: CheckStatus.Degraded);
        using IHost host = builder.Build();
        await host.StartAsync(token);
        ContainerEngine engine = host.Services.GetRequiredService<ContainerEngine>();
        await using Container db = await engine.Containers.StartAsync(HostingBed.Sleeper.WithName("db"), token);
        string shared = bed.NewDirectory();
        string flag = Path.Combine(shared, "well");
        await using Container probed = await engine.Containers.StartAsync(
            HostingBed.Sleeper.WithName("checked").WithBind(shared, "/mnt", readOnly: true).WithHealthProbe(
                HealthProbe.ForScript("test -e /mnt/well || { echo not well; exit 1; }") with
                {
                    Interval = TimeSpan.FromMilliseconds(100),
                    Retries = 1,
                    StartPeriod = TimeSpan.FromHours(1),
                    StartInterval = TimeSpan.FromMilliseconds(100),
                }),
            token);

        HealthReport first = await CheckAsync(host, token);
        Assert.Equal(CheckStatus.Healthy, first.Entries["containerkit"].Status);
        Assert.Equal(2, first.Entries["containerkit"].Data["running"]);
        Assert.Equal(engine.DataRoot, first.Entries["containerkit"].Data["dataRoot"]);
        Assert.Equal(CheckStatus.Healthy, first.Entries["db"].Status);
        Assert.Equal((CheckStatus.Degraded, "checked is starting"), (first.Entries["checked"].Status, first.Entries["checked"].Description));
        Assert.Equal(CheckStatus.Degraded, first.Entries["gone"].Status);
        Assert.Contains("There is no container 'gone'", first.Entries["gone"].Description, StringComparison.Ordinal);

        await File.WriteAllTextAsync(flag, "", token);
        await probed.WaitForAsync(Wait.ForHealthy().WithTimeout(TimeSpan.FromMinutes(3)), token);
        Assert.Equal(CheckStatus.Healthy, (await CheckAsync(host, token)).Entries["checked"].Status);

        File.Delete(flag);
        await db.KillAsync(cancellationToken: token);
        HealthReportEntry ill;
        do
        {
            ill = (await CheckAsync(host, token)).Entries["checked"];
        }
        while (ill.Status != CheckStatus.Unhealthy);
        Assert.Equal("checked is unhealthy: not well", ill.Description);
        Assert.Equal((CheckStatus.Unhealthy, "db is exited, with exit code 137"), await OfAsync(host, "db", token));

        await host.StopAsync(token);
        Assert.Equal(CheckStatus.Unhealthy, (await CheckAsync(host, token)).Entries["containerkit"].Status);
    }

    private static Task<HealthReport> CheckAsync(IHost host, CancellationToken token) => host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(token);

    private static async Task<(CheckStatus Status, string? Description)> OfAsync(IHost host, string name, CancellationToken token)
    {
        HealthReportEntry entry = (await CheckAsync(host, token)).Entries[name];
        return (entry.Status, entry.Description);
    }
}
