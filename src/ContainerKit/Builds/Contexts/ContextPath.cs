namespace ContainerKit.Builds.Contexts;

/// <summary>Paths as Go's path.Clean treats them: by name only.</summary>
internal static class ContextPath
{
    /// <summary>Without empty components, <c>.</c> and <c>a/..</c>; <c>.</c> for nothing. A leading slash stays, and nothing leads above it.</summary>
    public static string Clean(string path)
    {
        bool isRooted = path.StartsWith('/');
        var components = new List<string>();
        foreach (string component in path.Split('/'))
        {
            if (component is "" or ".")
            {
                continue;
            }
            if (component != "..")
            {
                components.Add(component);
            }
            else if (components.Count > 0 && components[^1] != "..")
            {
                components.RemoveAt(components.Count - 1);
            }
            else if (!isRooted)
            {
                components.Add(component);
            }
        }
        string joined = string.Join('/', components);
        return isRooted ? "/" + joined : joined.Length == 0 ? "." : joined;
    }

    /// <summary>An absolute path without <c>..</c>, a relative one taken from a directory.</summary>
    public static string Absolute(string directory, string path) => Clean(path.StartsWith('/') ? path : $"/{directory}/{path}");

    /// <summary>The components of a path that is taken from the root, whatever it begins with.</summary>
    public static string[] Components(string path) => Clean("/" + path).Split('/', StringSplitOptions.RemoveEmptyEntries);
}
