using System.Globalization;
using ContainerKit.IntegrationTests.Programs;
using ContainerKit.IntegrationTests.Stress;
using Xunit;

namespace ContainerKit.IntegrationTests.Networks;

/// <summary>Many containers in one network: each is found by name, and answers.</summary>
[Collection(StressCollection.Name)]
public sealed class ManyNeighboursTests(BusyboxFixture busybox) : NetworkTest(busybox), IClassFixture<BusyboxFixture>
{
    /// <summary>Raises the number of containers.</summary>
    private const string CountVariable = "CONTAINERKIT_STRESS_NEIGHBOURS";

    private const int Usual = 10;

    private static int Count => int.TryParse(Environment.GetEnvironmentVariable(CountVariable), CultureInfo.InvariantCulture, out int asked) ? asked : Usual;

    [Fact]
    public async Task All_are_resolvable_and_reachable()
    {
        RequireNetworks();
        await using Network network = await Engine.Networks.CreateAsync(Name(), Token);
        List<Container> containers = [];
        try
        {
            string prefix = Name();
            for (int i = 0; i < Count; i++)
            {
                containers.Add(await StartAsync(Script("sleep 10000").WithName($"{prefix}-{i}").WithNetwork(network, $"alias-{i}").WithStopTimeout(TimeSpan.Zero)));
            }

            // All of them by the last, each by its name and its alias, and the first by all of those.
            string script = $$"""
                i=0; while [ $i -lt {{Count}} ]; do
                  for name in {{prefix}}-$i alias-$i; do
                    busybox nslookup $name 127.0.0.11 > /tmp/names 2>&1 || { echo "$name is not found"; cat /tmp/names; }
                    address=$(busybox awk '/^Address/ { last = $2 } END { print last }' /tmp/names)
                  done
                  busybox ping -c 1 -W 60 $address > /tmp/ping || echo "$i at $address does not answer"
                  i=$((i + 1))
                done
                """;
            Assert.Equal("", await ShellAsync(containers[^1], script));
            foreach (Container container in containers.Take(20))
            {
                Assert.Equal("", await ShellAsync(container, $"busybox nslookup alias-{Count - 1} 127.0.0.11 > /tmp/names || cat /tmp/names"));
            }

            Assert.Equal(Count, (await network.InspectAsync(Token)).Addresses.Count);
        }
        finally
        {
            await Parallel.ForEachAsync(containers, async (container, _) => await container.DisposeAsync());
        }

        Assert.Empty((await network.InspectAsync(Token)).Addresses);
    }
}
