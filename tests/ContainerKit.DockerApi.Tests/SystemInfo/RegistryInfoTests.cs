using System.Text.Json;
using ContainerKit.DockerApi.SystemInfo;
using ContainerKit.Oci;
using Xunit;

namespace ContainerKit.DockerApi.Tests.SystemInfo;

public sealed class RegistryInfoTests
{
    [Fact]
    public void Hub_alone_is_secure_and_this_machine_is_not()
    {
        InfoResponse.RegistryConfiguration info = RegistryDescriber.Describe(new RegistryClientOptions());

        Assert.Equal(["127.0.0.0/8", "::1/128"], info.InsecureRegistryCIDRs);
        Assert.Equal("""{"Name":"docker.io","Mirrors":[],"Secure":true,"Official":true}""", JsonSerializer.Serialize(Assert.Single(info.IndexConfigs).Value));
        Assert.Empty(info.Mirrors);
    }

    [Fact]
    public void Mirrors_and_insecure_registries_are_those_of_the_engine()
    {
        var options = new RegistryClientOptions
        {
            Hosts = new Dictionary<string, RegistryHostOptions>
            {
                ["r.local:5000"] = new() { PlainHttp = PlainHttpPolicy.Allow },
                ["self-signed.local"] = new() { SkipCertificateVerification = true },
                ["plain.local"] = new() { PlainHttp = PlainHttpPolicy.Require },
                ["strict.local"] = new() { PlainHttp = PlainHttpPolicy.Never },
                ["docker.io"] = new() { Mirrors = [new("mirror.local"), new("plain.local", "hub")] },
            },
        };

        InfoResponse.RegistryConfiguration info = RegistryDescriber.Describe(options);

        Assert.Equal(["https://mirror.local/", "http://plain.local/hub/"], info.Mirrors);
        Assert.Equal(info.Mirrors, info.IndexConfigs["docker.io"].Mirrors);
        Assert.Equal(["plain.local", "r.local:5000", "self-signed.local"], info.IndexConfigs.Values.Where(index => !index.Secure).Select(index => index.Name));
        Assert.Equal(["docker.io"], info.IndexConfigs.Values.Where(index => index.Official).Select(index => index.Name));
    }

    [Theory]
    [InlineData(PlainHttpPolicy.Allow, "0.0.0.0/0 ::/0")]
    [InlineData(PlainHttpPolicy.Loopback, "127.0.0.0/8 ::1/128")]
    [InlineData(PlainHttpPolicy.Never, "")]
    public void Ranges_are_what_registries_without_options_may(PlainHttpPolicy policy, string ranges)
        => Assert.Equal(ranges, string.Join(' ', RegistryDescriber.Describe(new RegistryClientOptions { Defaults = new() { PlainHttp = policy } }).InsecureRegistryCIDRs));

    [Fact]
    public async Task Engine_tells_what_it_was_opened_with_and_what_it_was_given_since()
    {
        string directory = Directory.CreateTempSubdirectory("ck-registries-").FullName;
        var first = new RegistryClientOptions { MaxRetries = 1 };
        var second = new RegistryClientOptions { MaxRetries = 2 };
        await using (ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = directory, Registries = first }, TestContext.Current.CancellationToken))
        {
            Assert.Same(first, engine.Registries);
            engine.SetRegistries(second);
            Assert.Same(second, engine.Registries);
        }

        Directory.Delete(directory, recursive: true);
    }
}
