using System.Security.Cryptography;

namespace ContainerKit.Testing;

/// <summary>Names that no other test has: for containers, networks, databases, queues.</summary>
public static class RandomName
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>A prefix, a hyphen, and ten letters or digits: 2^51 possibilities.</summary>
    /// <param name="prefix">What it begins with.</param>
    public static string Create(string prefix = "test")
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        return $"{prefix}-{RandomNumberGenerator.GetString(Letters, 10)}";
    }

    /// <summary>A password of 24 letters and digits.</summary>
    public static string CreatePassword() => RandomNumberGenerator.GetString(Letters, 24);
}
