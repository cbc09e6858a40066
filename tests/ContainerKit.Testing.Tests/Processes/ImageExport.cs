using ContainerKit.Testing.Tests.Images;

namespace ContainerKit.Testing.Tests.Processes;

/// <summary>
/// What this program is for the test of the packages: it makes the image of PostgreSQL under its published name, and writes it as <c>docker save</c> does. Exit
/// code 77 where this machine has no such server.
/// </summary>
internal static class ImageExport
{
    /// <summary>The file to write.</summary>
    internal const string Variable = "CONTAINERKIT_TESTING_EXPORT";

    private const int Missing = 77;

    internal static async Task<int> RunAsync(string file)
    {
        string directory = Directory.CreateTempSubdirectory("ck-export-").FullName;
        try
        {
            await using ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = directory });
            string name = new PostgreSql().Image;
            await ServerImages.PostgresAsync(engine, name, CancellationToken.None);
            await engine.Images.SaveAsync([name], file, ImageArchiveFormat.Docker);
            await engine.Images.RemoveAsync(name, force: true);
            return 0;
        }
        catch (PlatformNotSupportedException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return Missing;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
