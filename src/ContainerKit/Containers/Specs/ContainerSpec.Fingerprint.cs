using System.Security.Cryptography;
using System.Text.Json;
using ContainerKit.Containers.State;

namespace ContainerKit;

/// <content>Telling specs apart.</content>
public sealed partial record ContainerSpec
{
    /// <summary>
    /// A name for what the spec says: 64 hexadecimal digits that are the same for specs that make the same container, in every process. The content of
    /// <see cref="Files"/> counts, files of this machine as they are now; <see cref="Readiness"/> counts by its description.
    /// </summary>
    /// <exception cref="IOException">A file of this machine can't be read.</exception>
    public string GetFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(this, ContainerJson.Default.ContainerSpec));
        foreach (ContainerFile file in Files)
            file.AppendTo(hash);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(Readiness?.ToString() ?? ""));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
