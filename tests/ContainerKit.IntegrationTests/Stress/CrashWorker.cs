namespace ContainerKit.IntegrationTests.Stress;

/// <summary>A process that runs containers without pause until it is killed; <see cref="CrashTests"/> starts and kills it.</summary>
internal static class CrashWorker
{
    /// <summary>The environment variable that makes the test program this process; its value is the data root.</summary>
    internal const string Variable = "CONTAINERKIT_STRESS_DATA_ROOT";

    /// <summary>The image's directory.</summary>
    internal const string ImageVariable = "CONTAINERKIT_STRESS_IMAGE";

    /// <summary>A variable of every container, by which its processes are found.</summary>
    internal const string MarkerVariable = "CONTAINERKIT_STRESS_MARKER";

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
        ContainerSpec spec = ContainerSpec.FromImage("dir:" + Environment.GetEnvironmentVariable(ImageVariable))
            .WithEnvironment(MarkerVariable, Environment.GetEnvironmentVariable(MarkerVariable)!);

        // Once each first: compiling the code takes longer than the time in which the kill may come.
        await Task.WhenAll(RunAsync(engine, spec), StartAsync(engine, spec), CreateAsync(engine, spec));
        Console.WriteLine("ready");
        await Task.WhenAll(AlwaysAsync(() => RunAsync(engine, spec)), AlwaysAsync(() => StartAsync(engine, spec)), AlwaysAsync(() => CreateAsync(engine, spec)));
        return 0;
    }

    private static async Task AlwaysAsync(Func<Task> action)
    {
        while (true)
        {
            await action();
        }
    }

    private static Task<ExecResult> RunAsync(ContainerEngine engine, ContainerSpec spec) => engine.Containers.RunAsync(spec.WithCommand("/true"));

    private static async Task StartAsync(ContainerEngine engine, ContainerSpec spec)
    {
        await using Container container = await engine.Containers.StartAsync(spec.WithCommand("/pause").WithTmpfs("/memory").WithVolume(new VolumeMount(null, "/volume")));
        await using ExecSession session = await container.OpenExecAsync(ExecSpec.ForCommand("/pause"));
        await container.ExecAsync(["/true"]);
        await container.StopAsync(TimeSpan.Zero);
    }

    /// <summary>The container that is made to stay.</summary>
    private static async Task CreateAsync(ContainerEngine engine, ContainerSpec spec)
    {
        Container container = await engine.Containers.CreateAsync(spec.WithCommand("/pause").WithName("kept"));
        await container.StartAsync();
        await container.ExecAsync(["/true"]);
        await container.KillAsync();
        await container.StartAsync();
        await container.RemoveAsync(force: true);
    }
}
