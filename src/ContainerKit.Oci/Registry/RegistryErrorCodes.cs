namespace ContainerKit.Oci;

/// <summary>Codes of registries' errors. OCI distribution specification, "Error Codes".</summary>
public static class RegistryErrorCodes
{
    /// <summary>There is no such blob.</summary>
    public const string BlobUnknown = "BLOB_UNKNOWN";

    /// <summary>The upload of a blob was refused.</summary>
    public const string BlobUploadInvalid = "BLOB_UPLOAD_INVALID";

    /// <summary>There is no such upload.</summary>
    public const string BlobUploadUnknown = "BLOB_UPLOAD_UNKNOWN";

    /// <summary>The content does not have the digest that it was sent with.</summary>
    public const string DigestInvalid = "DIGEST_INVALID";

    /// <summary>The manifest names a blob that the registry does not have.</summary>
    public const string ManifestBlobUnknown = "MANIFEST_BLOB_UNKNOWN";

    /// <summary>The manifest is malformed.</summary>
    public const string ManifestInvalid = "MANIFEST_INVALID";

    /// <summary>There is no such manifest or tag.</summary>
    public const string ManifestUnknown = "MANIFEST_UNKNOWN";

    /// <summary>The repository's name is malformed.</summary>
    public const string NameInvalid = "NAME_INVALID";

    /// <summary>There is no such repository.</summary>
    public const string NameUnknown = "NAME_UNKNOWN";

    /// <summary>The size differs from the announced one.</summary>
    public const string SizeInvalid = "SIZE_INVALID";

    /// <summary>Credentials are missing or wrong.</summary>
    public const string Unauthorized = "UNAUTHORIZED";

    /// <summary>The credentials don't allow this.</summary>
    public const string Denied = "DENIED";

    /// <summary>The registry can't do this.</summary>
    public const string Unsupported = "UNSUPPORTED";

    /// <summary>Too many requests.</summary>
    public const string TooManyRequests = "TOOMANYREQUESTS";
}
