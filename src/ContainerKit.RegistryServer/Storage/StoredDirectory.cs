namespace ContainerKit.RegistryServer.Storage;

/// <summary>What is in directories that a collection, perhaps of another process, may remove at any moment: nothing, then.</summary>
internal static class StoredDirectory
{
    internal static string[] ReadFiles(string path)
    {
        try
        {
            return Directory.GetFiles(path);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    internal static string[] ReadDirectories(string path)
    {
        try
        {
            return Directory.GetDirectories(path);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>True where there is no file in it or below.</summary>
    internal static bool HasNoFile(string path) => ReadFiles(path).Length == 0 && ReadDirectories(path).All(HasNoFile);
}
