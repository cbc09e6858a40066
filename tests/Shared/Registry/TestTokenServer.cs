using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace ContainerKit.TestSupport.Registry;

/// <summary>A token server: anonymous, by password, or by a refresh token.</summary>
public sealed class TestTokenServer : TestServer
{
    private readonly ConcurrentDictionary<string, string[]> _tokens = new();
    private int _count;

    private TestTokenServer(X509Certificate2? certificate)
        : base(certificate)
    {
    }

    /// <summary>User and password; null: everybody gets tokens.</summary>
    public string? User { get; set; }

    public string? IdentityToken { get; set; }

    /// <summary>Handed out with each answer to a refresh, and valid from then on instead of <see cref="IdentityToken"/>.</summary>
    public string? NextIdentityToken { get; set; }

    public int? ExpiresIn { get; set; } = 300;

    public Uri Realm => new(Address, "token");

    public static async Task<TestTokenServer> StartAsync(X509Certificate2? certificate = null)
    {
        var server = new TestTokenServer(certificate);
        await server.ListenAsync();
        return server;
    }

    public bool Allows(string? authorization, string scope)
    {
        if (authorization?.StartsWith("Bearer ", StringComparison.Ordinal) != true || !_tokens.TryGetValue(authorization[7..], out string[]? scopes))
        {
            return false;
        }
        string[] wanted = scope.Split(':');
        return scope.Length == 0 || scopes.Select(each => each.Split(':'))
            .Any(each => each[0] == wanted[0] && each[1] == wanted[1] && wanted[2].Split(',').All(each[2].Split(',').Contains));
    }

    public void RevokeAll() => _tokens.Clear();

    protected override async Task AnswerAsync(HttpContext context)
    {
        string[] scopes;
        bool refresh = context.Request.Method == "POST";
        if (refresh)
        {
            var form = QueryHelpers.ParseQuery(Requests.Last(request => request.Body is not null).Body);
            scopes = form["scope"].ToString().Split(' ');
            if (form["grant_type"] != "refresh_token" || IdentityToken is null || form["refresh_token"] != IdentityToken)
            {
                context.Response.StatusCode = 401;
                return;
            }
        }
        else
        {
            scopes = [.. context.Request.Query["scope"].OfType<string>()];
            string expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(User ?? ""));
            if (User is not null && context.Request.Headers.Authorization != expected)
            {
                context.Response.StatusCode = 401;
                return;
            }
        }
        string token = $"token-{Interlocked.Increment(ref _count)}";
        _tokens[token] = scopes;
        var answer = new Dictionary<string, object> { [refresh ? "access_token" : "token"] = token };
        if (ExpiresIn is { } seconds)
        {
            answer["expires_in"] = seconds;
        }
        if (refresh && NextIdentityToken is not null)
        {
            answer["refresh_token"] = IdentityToken = NextIdentityToken;
        }
        await context.Response.WriteAsync(JsonSerializer.Serialize(answer));
    }
}
