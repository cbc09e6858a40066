using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using ContainerKit.RegistryServer.Routing;

namespace ContainerKit.RegistryServer.Access;

/// <summary>
/// Checks passwords. A bcrypt hash takes a processor for a tenth of a second or so, on purpose, and clients send their password with each request: what was
/// right is remembered for some minutes, as a keyed hash, and no more checks run at once than there are processors.
/// </summary>
internal sealed class PasswordChecker(HtpasswdFile file, TimeProvider time) : IDisposable
{
    private const int MaxRemembered = 10_000;
    private const int MaxWaiting = 100;

    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(5);

    /// <summary>Of a password that nobody has, so that unknown users take as long as known ones.</summary>
    private static readonly string Nobody = BCrypt.Net.BCrypt.HashPassword(Guid.NewGuid().ToString("N"), 10);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _right = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _processors = new(Environment.ProcessorCount);
    private int _waiting;

    /// <exception cref="RegistryFault">Too many passwords are to be checked.</exception>
    internal async ValueTask<bool> CheckAsync(string user, string password, CancellationToken cancellationToken)
    {
        string? hash = file.Find(user);
        string proof = Prove(user, password, hash);
        if (_right.TryGetValue(proof, out DateTimeOffset until) && time.GetUtcNow() < until)
            return true;
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw RegistryFault.TooMany("too many logins at once");
        }

        try
        {
            await _processors.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                // Verified also for nobody: the time must not tell who exists.
                if (!Verify(password, hash ?? Nobody) || hash is null)
                    return false;
            }
            finally
            {
                _processors.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        if (_right.Count >= MaxRemembered)
            _right.Clear();
        _right[proof] = time.GetUtcNow() + Memory;
        return true;
    }

    public void Dispose() => _processors.Dispose();

    private static bool Verify(string password, string hash)
    {
        try
        {
            return BCrypt.Net.BCrypt.Verify(password, hash);
        }
        catch (Exception e) when (e is BCrypt.Net.SaltParseException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>The hash of the file belongs to it: a password that was changed is forgotten at once.</summary>
    private string Prove(string user, string password, string? hash)
        => Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{user}\0{hash}\0{password}")));
}
