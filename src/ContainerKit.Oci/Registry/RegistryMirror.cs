namespace ContainerKit.Oci;

/// <summary>A registry that has copies of another one's content.</summary>
/// <remarks>A mirror decides what a tag means, as the registry itself would; content that is asked for by digest is verified as always.</remarks>
/// <param name="Registry">Its name as in references, for instance <c>mirror.example:5000</c>.</param>
/// <param name="RepositoryPrefix">What its repositories begin with: with <c>hub</c> the copy of <c>library/alpine</c> is <c>hub/library/alpine</c>. Default: nothing.</param>
public sealed record RegistryMirror(string Registry, string RepositoryPrefix = "");
