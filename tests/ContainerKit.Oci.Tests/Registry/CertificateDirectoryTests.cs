using ContainerKit.TestSupport.Registry;
using Xunit;

namespace ContainerKit.Oci.Tests.Registry;

public sealed class CertificateDirectoryTests : RegistryTest
{
    private readonly TestCertificates _certificates = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("ck-certs-").FullName;

    private TestRegistry Secure { get; set; } = null!;

    [Fact]
    public async Task Authority_and_client_certificate_of_a_registry_are_found_in_its_directory()
    {
        string own = await StartAsync();
        Write(own, "ca.crt", _certificates.Authority.ExportCertificatePem());
        Write(own, "client.cert", _certificates.Client.ExportCertificatePem());
        Write(own, "client.key", _certificates.ClientKeyPem);

        await Open(Options()).PingAsync(Secure.Name, Token);

        Assert.Contains("CN=ck-test client", Secure.ClientCertificates);
    }

    [Fact]
    public async Task The_first_directory_that_knows_the_registry_counts()
    {
        string first = await StartAsync();
        string second = Path.Combine(_directory, "second");
        using var others = new TestCertificates();
        Write(first, "ca.crt", others.Authority.ExportCertificatePem());
        Write(Path.Combine(second, Secure.Name), "ca.crt", _certificates.Authority.ExportCertificatePem());
        Write(Path.Combine(_directory, "third", "another.example"), "ca.crt", "no certificate");

        RegistryClientOptions options = Options();
        await Assert.ThrowsAsync<RegistryException>(() => Open(options with { CertificateDirectories = [_directory, second] }).PingAsync(Secure.Name, Token));
        await Open(options with { CertificateDirectories = [Path.Combine(_directory, "third"), second, _directory] }).PingAsync(Secure.Name, Token);
    }

    [Fact]
    public async Task Authorities_of_the_directory_and_of_the_options_are_both_trusted()
    {
        string own = await StartAsync();
        using var others = new TestCertificates();
        Write(own, "ca.crt", others.Authority.ExportCertificatePem());

        await Open(Options() with { Defaults = new RegistryHostOptions { CertificateAuthorities = [_certificates.Authority] } }).PingAsync(Secure.Name, Token);
    }

    [Theory]
    [InlineData("ca.crt", "no certificate", "PEM")]
    [InlineData("client.cert", "certificate", "client.key")]
    [InlineData("client.key", "key", "client.cert")]
    public async Task What_is_wrong_with_a_directory_is_said(string name, string content, string expected)
    {
        string own = await StartAsync();
        Write(own, name, content);

        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => Open(Options()).PingAsync(Secure.Name, Token));

        Assert.Contains(name, e.Message, StringComparison.Ordinal);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Empty(Secure.Requests);
    }

    private RegistryClientOptions Options() => Fast with { Defaults = new RegistryHostOptions(), CertificateDirectories = [_directory] };

    /// <summary>Starts a registry with TLS; the path of its directory, which is not there yet.</summary>
    private async Task<string> StartAsync()
    {
        Own(_certificates);
        Own(new Removal(_directory));
        Secure = await StartRegistryAsync(_certificates.Server);
        return Path.Combine(_directory, Secure.Name);
    }

    private static void Write(string directory, string name, string content)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, name), content);
    }

    private sealed class Removal(string directory) : IDisposable
    {
        public void Dispose() => Directory.Delete(directory, recursive: true);
    }
}
