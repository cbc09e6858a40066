namespace ContainerKit.Compose.Services;

/// <summary><c>pull_policy</c>.</summary>
internal enum ImagePolicy
{
    /// <summary>Pulled, or else built, when it is missing.</summary>
    Missing,

    /// <summary>Pulled at every start.</summary>
    Always,

    /// <summary>An error when it is missing.</summary>
    Never,

    /// <summary>Built at every start.</summary>
    Build,
}
