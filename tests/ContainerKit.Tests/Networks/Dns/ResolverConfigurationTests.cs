using System.Net;
using ContainerKit.Networks.Dns;
using ContainerKit.Tests.Operations;
using Xunit;

namespace ContainerKit.Tests.Networks.Dns;

public sealed class ResolverConfigurationTests
{
    [Fact]
    public void A_file_is_read_as_the_C_library_does()
    {
        ResolverConfiguration read = ResolverConfiguration.Parse(
            "# comment\n; comment\nnameserver 10.0.0.1\r\nnameserver\t fe80::1%1 trailing\nnameserver nonsense\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n"
            + "domain old.example\nsearch a.example b.example\noptions timeout:7 ndots:2\noptions attempts:99\nsortlist x\n");
        Assert.Equal(["10.0.0.1", "fe80::1%1", "10.0.0.3"], read.Servers.Select(s => s.ToString()));
        Assert.Equal(["a.example", "b.example"], read.SearchDomains);
        Assert.Equal((7, 5), (read.Timeout.Seconds, read.Attempts));
        Assert.Equal((4, 2), (ResolverConfiguration.Parse("").Timeout.Seconds, ResolverConfiguration.Parse("").Attempts));
    }

    [Fact]
    public void A_container_asks_our_server_and_searches_as_the_host()
    {
        ResolverConfiguration host = ResolverConfiguration.Parse("nameserver 10.0.0.1\nsearch example.com\noptions edns0\n");
        Assert.Equal("nameserver 127.0.0.11\nsearch example.com\noptions edns0 ndots:0\n", host.ForContainer(IPAddress.Parse("127.0.0.11")).ToString());
        ResolverConfiguration own = ResolverConfiguration.Parse("options ndots:3\nsearch .\n");
        Assert.Equal("nameserver 127.0.0.11\noptions ndots:3\n", own.ForContainer(IPAddress.Parse("127.0.0.11")).ToString());
    }

    [Fact]
    public void The_hosts_file_is_read_again_when_it_has_changed()
    {
        string directory = Directory.CreateTempSubdirectory("ck-resolv").FullName;
        string path = Path.Combine(directory, "resolv.conf");
        try
        {
            ManualTime time = new();
            HostResolvers resolvers = new(time, path);
            Assert.Empty(resolvers.Current.Servers);
            File.WriteAllText(path, "nameserver 10.0.0.1\n");
            time.Advance(TimeSpan.FromSeconds(2));
            Assert.Equal("10.0.0.1", Assert.Single(resolvers.Current.Servers).ToString());

            // As network managers do it: another file takes its place.
            File.WriteAllText(path + ".new", "nameserver 10.0.0.22\n");
            File.Move(path + ".new", path, overwrite: true);
            Assert.Equal("10.0.0.1", Assert.Single(resolvers.Current.Servers).ToString());
            time.Advance(TimeSpan.FromSeconds(2));
            Assert.Equal("10.0.0.22", Assert.Single(resolvers.Current.Servers).ToString());
            File.Delete(path);
            time.Advance(TimeSpan.FromSeconds(2));
            Assert.Empty(resolvers.Current.Servers);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
