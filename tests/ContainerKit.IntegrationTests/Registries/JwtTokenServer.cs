using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using ContainerKit.TestSupport.Registry;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.IntegrationTests.Registries;

/// <summary>A token server whose tokens docker-registry believes: signed by a certificate that it is configured with ("Token Authentication Implementation").</summary>
internal sealed class JwtTokenServer : TestServer
{
    public const string Issuer = "ck-test issuer";
    public const string Service = "ck-test registry";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;

    private JwtTokenServer()
        : base(null)
    {
        var request = new CertificateRequest("CN=ck-test tokens", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>User and password of who may push; everybody may pull.</summary>
    public const string User = "ada:secret";

    public string CertificatePem => _certificate.ExportCertificatePem();

    public static async Task<JwtTokenServer> StartAsync()
    {
        var server = new JwtTokenServer();
        await server.ListenAsync();
        return server;
    }

    protected override Task AnswerAsync(HttpContext context)
    {
        string? authorization = context.Request.Headers.Authorization.FirstOrDefault();
        bool isUser = authorization == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(User));
        if (authorization is not null && !isUser)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        }
        var access = context.Request.Query["scope"].OfType<string>().Select(scope => scope.Split(':')).Select(parts => new
        {
            type = parts[0],
            name = parts[1],
            actions = parts[2].Split(',').Where(action => isUser || action == "pull").ToArray(),
        });
        return context.Response.WriteAsync(JsonSerializer.Serialize(new { token = CreateToken(access.ToArray()), expires_in = 300 }));
    }

    private string CreateToken(object access)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        string header = Encode(new { typ = "JWT", alg = "ES256", x5c = new[] { Convert.ToBase64String(_certificate.RawData) } });
        string claims = Encode(new
        {
            iss = Issuer,
            sub = "",
            aud = Service,
            exp = now.AddMinutes(5).ToUnixTimeSeconds(),
            nbf = now.AddMinutes(-1).ToUnixTimeSeconds(),
            iat = now.ToUnixTimeSeconds(),
            jti = Guid.NewGuid().ToString("n"),
            access,
        });
        byte[] signature = _key.SignData(Encoding.ASCII.GetBytes($"{header}.{claims}"), HashAlgorithmName.SHA256);
        return $"{header}.{claims}.{Encode(signature)}";
    }

    private static string Encode(object document) => Encode(JsonSerializer.SerializeToUtf8Bytes(document));

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
