using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.RegistryServer.Access;

/// <summary>
/// Signs tokens and checks them: JSON web tokens with HMAC-SHA256 and no other algorithm. The key is in the storage directory, so that all processes that
/// serve it take each other's.
/// </summary>
internal sealed class TokenSigner
{
    private const int KeySize = 32;
    private const int MaxTokenLength = 64 << 10;
    private const UnixFileMode KeyMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly string Header = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8);

    private readonly byte[] _key;
    private readonly TimeProvider _time;

    internal TokenSigner(string keyPath, TimeProvider time)
    {
        _key = ReadOrCreate(keyPath);
        _time = time;
    }

    internal string Sign(AccessToken token)
    {
        string text = $"{Header}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(token, AccessTokenJson.Default.AccessToken))}";
        return $"{text}.{Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(text)))}";
    }

    /// <summary>What is in a token; null where it was not signed here, is for another service, or is not valid now.</summary>
    internal AccessToken? Check(string text, string audience)
    {
        int dot = text.LastIndexOf('.');
        if (text.Length > MaxTokenLength || dot <= Header.Length || !text.StartsWith(Header + ".", StringComparison.Ordinal) || !Ascii.IsValid(text))
            return null;
        Span<byte> signature = stackalloc byte[KeySize];
        if (!Base64Url.TryDecodeFromChars(text.AsSpan(dot + 1), signature, out int length) || length != KeySize)
            return null;
        if (!CryptographicOperations.FixedTimeEquals(signature, HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(text[..dot]))))
            return null;
        AccessToken? token = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(text.AsSpan(Header.Length + 1, dot - Header.Length - 1)), AccessTokenJson.Default.AccessToken);
        long now = _time.GetUtcNow().ToUnixTimeSeconds();
        return token is not null && token.Audience == audience && token.NotBefore <= now && now < token.Expires ? token : null;
    }

    private static byte[] ReadOrCreate(string path)
    {
        string staged = $"{path}.{Guid.NewGuid():N}";
        if (!File.Exists(path))
        {
            using (SafeFileHandle file = new FileStream(staged, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = KeyMode,
            }).SafeFileHandle)
            {
                RandomAccess.Write(file, RandomNumberGenerator.GetBytes(KeySize), 0);
                RandomAccess.FlushToDisk(file);
            }

            try
            {
                // Whoever is first gives the key of all.
                File.Move(staged, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(staged);
            }
        }

        byte[] key = File.ReadAllBytes(path);
        return key.Length == KeySize ? key : throw new IOException($"{path} is not a key of {KeySize} bytes. Remove it: a new one is made, and tokens that were given out lose their value.");
    }
}
