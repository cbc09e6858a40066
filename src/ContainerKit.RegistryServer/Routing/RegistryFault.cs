using ContainerKit.Oci;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.RegistryServer.Routing;

/// <summary>An answer that is an error: the codes are those of the specification's table, and <see cref="RegistryErrorCodes"/> where the client has them.</summary>
internal sealed class RegistryFault(int status, string code, string message, IReadOnlyList<string>? digests = null) : Exception(message)
{
    internal int Status => status;

    internal string Code => code;

    /// <summary>What the error is about; one entry of the answer for each. Empty: one entry without detail.</summary>
    internal IReadOnlyList<string> Digests => digests ?? [];

    /// <summary>Seconds to wait; null where waiting doesn't help.</summary>
    internal int? RetryAfter { get; init; }

    internal static RegistryFault BlobUnknown(Digest digest) => new(StatusCodes.Status404NotFound, "BLOB_UNKNOWN", "blob unknown to registry", [digest.ToString()]);

    internal static RegistryFault UploadInvalid(string reason, int status = StatusCodes.Status400BadRequest) => new(status, "BLOB_UPLOAD_INVALID", reason);

    internal static RegistryFault UploadUnknown() => new(StatusCodes.Status404NotFound, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");

    internal static RegistryFault DigestInvalid(string reason, string? digest = null)
        => new(StatusCodes.Status400BadRequest, "DIGEST_INVALID", reason, digest is null ? null : [Shorten(digest)]);

    internal static RegistryFault ManifestBlobUnknown(IReadOnlyList<Digest> missing)
        => new(StatusCodes.Status400BadRequest, "MANIFEST_BLOB_UNKNOWN", "manifest references a manifest or blob unknown to registry", [.. missing.Select(digest => digest.ToString())]);

    internal static RegistryFault ManifestInvalid(string reason, int status = StatusCodes.Status400BadRequest) => new(status, "MANIFEST_INVALID", reason);

    internal static RegistryFault ManifestUnknown(string reference) => new(StatusCodes.Status404NotFound, "MANIFEST_UNKNOWN", $"manifest {Shorten(reference)} is unknown to the registry");

    internal static RegistryFault NameInvalid() => new(StatusCodes.Status400BadRequest, "NAME_INVALID", "invalid repository name");

    internal static RegistryFault NameUnknown(string name) => new(StatusCodes.Status404NotFound, "NAME_UNKNOWN", $"repository name {name} not known to registry");

    internal static RegistryFault TagInvalid() => new(StatusCodes.Status400BadRequest, "TAG_INVALID", "the reference is neither a tag nor a digest");

    internal static RegistryFault SizeInvalid(string reason) => new(StatusCodes.Status413PayloadTooLarge, "SIZE_INVALID", reason);

    internal static RegistryFault Denied(string reason) => new(StatusCodes.Status403Forbidden, "DENIED", reason);

    internal static RegistryFault Unsupported(string reason) => new(StatusCodes.Status405MethodNotAllowed, "UNSUPPORTED", reason);

    internal static RegistryFault PageInvalid() => new(StatusCodes.Status400BadRequest, "PAGINATION_NUMBER_INVALID", "n must be a number of at least 0");

    internal static RegistryFault TooMany(string reason) => new(StatusCodes.Status429TooManyRequests, "TOOMANYREQUESTS", reason) { RetryAfter = 5 };

    internal static RegistryFault StorageFull() => new(StatusCodes.Status507InsufficientStorage, "INSUFFICIENT_STORAGE", "the registry's disk is full; nothing was stored");

    internal static RegistryFault Unavailable(string reason) => new(StatusCodes.Status503ServiceUnavailable, "UNAVAILABLE", reason) { RetryAfter = 5 };

    /// <summary>What a client sent comes back in errors: a line of it at most.</summary>
    private static string Shorten(string text) => text.Length <= 160 ? text : string.Concat(text.AsSpan(0, 160), "…");
}
