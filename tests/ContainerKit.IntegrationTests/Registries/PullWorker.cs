using ContainerKit.Oci;

namespace ContainerKit.IntegrationTests.Registries;

/// <summary>A process that pulls an image; <see cref="PullProcessTests"/> starts and kills it.</summary>
internal static class PullWorker
{
    /// <summary>The environment variable that makes the test program this process; its value is the image's name.</summary>
    internal const string Variable = "CONTAINERKIT_PULL_IMAGE";

    internal const string DataRootVariable = "CONTAINERKIT_PULL_DATA_ROOT";

    internal static async Task<int> RunAsync(string name)
    {
        // Whoever kills us may itself be killed: the end of its pipe is our end.
        new Thread(() =>
        {
            while (Console.In.Read() >= 0)
            {
            }

            Environment.Exit(1);
        })
        { IsBackground = true }.Start();

        var registries = new RegistryClientOptions { Credentials = CredentialSources.None, Defaults = new RegistryHostOptions { PlainHttp = PlainHttpPolicy.Require } };
        await using ContainerEngine engine = await ContainerEngine.OpenAsync(
            new EngineOptions { DataRoot = Environment.GetEnvironmentVariable(DataRootVariable), Registries = registries });
        Image image = await engine.Images.PullAsync(name);
        Console.WriteLine(image.Id);
        return 0;
    }
}
