using System.Net.Http.Headers;

namespace ContainerKit.Oci.Registry.Authentication;

/// <summary>Knows how one registry wants to be shown who is asking, and keeps its tokens.</summary>
/// <param name="registry">The registry's name, for which credentials are looked up.</param>
/// <param name="credentials">Where they are.</param>
/// <param name="tokens">Where tokens come from.</param>
/// <param name="time">The clock.</param>
internal sealed class Authenticator(string registry, ICredentialSource credentials, TokenServer tokens, TimeProvider time) : IDisposable
{
    private const int MaxTokens = 256;

    // One request at a time asks for tokens, so that a crowd of layers does not ask for the same one.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly List<(string Repository, AccessScopes Scopes, AccessToken Token)> _tokens = [];
    private readonly Dictionary<string, RegistryCredential?> _credentials = new(StringComparer.Ordinal);
    private AuthenticationChallenge? _known;

    /// <summary>What to send with a request before the registry has asked for it: null as long as it is not known what.</summary>
    public async ValueTask<AuthenticationHeaderValue?> PrepareAsync(AccessScopes scopes, CancellationToken cancellationToken)
        => Volatile.Read(ref _known) is { } known ? await AuthorizeAsync(known, scopes, null, cancellationToken).ConfigureAwait(false) : null;

    /// <summary>What to send after the registry has refused a request.</summary>
    /// <param name="challenges">What it asks for.</param>
    /// <param name="scopes">What the request needs.</param>
    /// <param name="refused">What was sent, and is not sent again.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Null when there is nothing else that could be sent.</returns>
    public async ValueTask<AuthenticationHeaderValue?> AnswerAsync(
        IReadOnlyList<AuthenticationChallenge> challenges, AccessScopes scopes, AuthenticationHeaderValue? refused, CancellationToken cancellationToken)
    {
        AuthenticationChallenge? challenge = challenges.FirstOrDefault(each => each.IsBearer && each["realm"] is not null)
            ?? challenges.FirstOrDefault(each => each.IsBasic);
        if (challenge is null)
        {
            return null;
        }

        Volatile.Write(ref _known, challenge);
        AuthenticationHeaderValue? answer = await AuthorizeAsync(challenge, scopes.With(challenge["scope"]), refused, cancellationToken).ConfigureAwait(false);
        return answer is null || answer.Equals(refused) ? null : answer;
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async ValueTask<AuthenticationHeaderValue?> AuthorizeAsync(
        AuthenticationChallenge challenge, AccessScopes scopes, AuthenticationHeaderValue? refused, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            RegistryCredential? credential = await FindCredentialAsync(scopes.Repository, cancellationToken).ConfigureAwait(false);
            if (credential?.AccessTokenValue is { } given)
            {
                return new AuthenticationHeaderValue("Bearer", given);
            }

            if (challenge.IsBasic)
            {
                return credential?.UserName is null ? null : TokenServer.ToBasic(credential);
            }

            if (FindToken(scopes, refused) is { } kept)
            {
                return new AuthenticationHeaderValue("Bearer", kept.Value);
            }

            AccessToken token = await tokens.FetchAsync(challenge, scopes, credential, cancellationToken).ConfigureAwait(false);
            if (_tokens.Count == MaxTokens)
            {
                _tokens.RemoveAt(0);
            }

            _tokens.Add((scopes.Repository, scopes, token));
            return new AuthenticationHeaderValue("Bearer", token.Value);
        }
        finally
        {
            _gate.Release();
        }
    }

    private AccessToken? FindToken(AccessScopes scopes, AuthenticationHeaderValue? refused)
    {
        DateTimeOffset now = time.GetUtcNow();
        _tokens.RemoveAll(each => each.Token.Expires <= now || each.Token.Value == refused?.Parameter);

        // Repositories of one registry may have credentials of their own.
        return _tokens.Find(each => each.Repository == scopes.Repository && scopes.IsSubsetOf(each.Scopes)).Token;
    }

    private async ValueTask<RegistryCredential?> FindCredentialAsync(string repository, CancellationToken cancellationToken)
    {
        if (!_credentials.TryGetValue(repository, out RegistryCredential? credential))
        {
            credential = await credentials.FindAsync(registry, repository, cancellationToken).ConfigureAwait(false);
            _credentials[repository] = credential;
        }

        return credential;
    }
}
