using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ContainerKit.TestSupport.Registry;

/// <summary>A private authority, a server's certificate for this machine and a client's.</summary>
public sealed class TestCertificates : IDisposable
{
    /// <param name="addresses">What the server's certificate is good for besides localhost and 127.0.0.1.</param>
    public TestCertificates(params IPAddress[] addresses)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ck-test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        Authority = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
        Server = Issue("CN=ck-test server", now, "1.3.6.1.5.5.7.3.1", ["localhost"], addresses);
        Client = Issue("CN=ck-test client", now, "1.3.6.1.5.5.7.3.2", [], []);
    }

    public X509Certificate2 Authority { get; }

    public X509Certificate2 Server { get; }

    public X509Certificate2 Client { get; }

    public string ServerKeyPem => KeyOf(Server);

    public string ClientKeyPem => KeyOf(Client);

    public void Dispose()
    {
        Authority.Dispose();
        Server.Dispose();
        Client.Dispose();
    }

    private static string KeyOf(X509Certificate2 certificate)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }

    private X509Certificate2 Issue(string subject, DateTimeOffset now, string usage, string[] names, IPAddress[] addresses)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        alternatives.AddIpAddress(IPAddress.Loopback);
        addresses.ToList().ForEach(alternatives.AddIpAddress);
        names.ToList().ForEach(alternatives.AddDnsName);
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        byte[] serial = RandomNumberGenerator.GetBytes(8);
        serial[0] &= 0x7F;
        using X509Certificate2 certificate = request.Create(Authority, now.AddHours(-1), now.AddDays(1), serial);
        using X509Certificate2 withKey = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null, X509KeyStorageFlags.Exportable);
    }
}
