namespace ContainerKit.Linux.Cgroups;

/// <summary>Where cgroups are created.</summary>
public sealed record CgroupHostOptions
{
    /// <summary>
    /// The cgroup that holds all of ours. A name (default <c>containerkit</c>): at the root of each hierarchy for root, inside the cgroup
    /// that was delegated to this process otherwise. An absolute path (<c>/machine/ci</c>): counted from the root of each hierarchy.
    /// </summary>
    public string Parent { get; init; } = "containerkit";

    internal void Validate()
    {
        string[] parts = Parent.Split('/', StringSplitOptions.RemoveEmptyEntries);
        bool isName = !Parent.StartsWith('/') && parts.Length != 1;
        if (isName || parts.Length == 0 || parts.Any(part => part is "." or ".." || part.Contains('\0', StringComparison.Ordinal)))
        {
            throw new ArgumentException($"{nameof(Parent)} \"{Parent}\": allowed are one name, or an absolute path without . and ..");
        }
    }
}
