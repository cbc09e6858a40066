namespace ContainerKit;

/// <summary>A file or directory of the host that is visible inside a container.</summary>
/// <param name="Source">Path on the host; relative paths start at the current directory at the time of creation. It must exist.</param>
/// <param name="Target">Absolute path inside the container; made when missing.</param>
/// <param name="ReadOnly">True: the container can't write there.</param>
public sealed record BindMount(string Source, string Target, bool ReadOnly = false);
