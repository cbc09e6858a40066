using ContainerKit.IntegrationTests.Programs;

namespace ContainerKit.IntegrationTests.Networks;

/// <summary>A process that makes networks and volumes, connects containers and publishes ports without pause until it is killed; <see cref="NetworkCrashTests"/> does that.</summary>
internal static class NetworkWorker
{
    /// <summary>The environment variable that makes the test program this process; its value is the data root.</summary>
    internal const string Variable = "CONTAINERKIT_STRESS_NETWORKS";

    /// <summary>What is in the volume <c>kept</c>, in <c>file</c>.</summary>
    internal const string Kept = "never lost";

    internal static async Task<int> RunAsync(string dataRoot)
    {
        // Whoever kills us may itself be killed: the end of its pipe is our end.
        new Thread(() =>
        {
            while (Console.In.Read() >= 0)
            {
            }

            Environment.Exit(0);
        })
        { IsBackground = true }.Start();

        await using ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = dataRoot });
        Image image = await engine.Images.ImportAsync(new MemoryStream(BusyboxFixture.CreateArchive()));
        ContainerSpec spec = ContainerSpec.FromImage(image).WithCommand("sleep", "1000");

        // Once it is there, it stays, whatever happens to those who use it.
        await engine.Containers.RunAsync(spec.WithCommand("sh", "-c", $"[ -e /kept/file ] || {{ echo {Kept} > /kept/new; mv /kept/new /kept/file; }}").WithVolume("kept", "/kept").WithNetwork(NetworkMode.None));
        await ComeAndGoAsync(engine, spec, 0);
        Console.WriteLine("ready");
        for (int i = 1; ; i++)
        {
            await ComeAndGoAsync(engine, spec, i);
        }
    }

    private static async Task ComeAndGoAsync(ContainerEngine engine, ContainerSpec spec, int number)
    {
        await using Network network = await engine.Networks.CreateAsync(new NetworkSpec { Name = $"crash{number}-{Environment.ProcessId}" }.WithIPv6());
        await using Container inside = await engine.Containers.StartAsync(spec.WithNetwork(network, "alias").WithPort(80).WithVolume("kept", "/kept").WithVolume($"filled{number}", "/etc"));
        await engine.Volumes.CreateAsync(new VolumeSpec { Name = $"memory{number}" }.WithDriverOption("type", "tmpfs"));
        await using Container outside = await engine.Containers.StartAsync(spec.WithPort(80).WithPort(53, protocol: PortProtocol.Udp).WithVolume("kept", "/kept", readOnly: true).WithVolume($"memory{number}", "/memory"));
        await outside.ConnectAsync(network.Name);
        await outside.DisconnectAsync("bridge");
        await inside.RemoveAsync(force: true);
        await outside.RemoveAsync(force: true);
        await (await engine.Volumes.GetAsync($"filled{number}")).RemoveAsync();
        await (await engine.Volumes.GetAsync($"memory{number}")).RemoveAsync();
    }
}
