namespace ContainerKit.IntegrationTests.Detached;

/// <summary>A host process that starts one detached container and is then killed; <see cref="DetachedBed"/> starts and kills it.</summary>
internal static class DetachedWorker
{
    /// <summary>The environment variable that makes the test program this process; its value is the data root.</summary>
    internal const string Variable = "CONTAINERKIT_DETACHED_DATA_ROOT";

    /// <summary>The image.</summary>
    internal const string ImageVariable = "CONTAINERKIT_DETACHED_IMAGE";

    /// <summary>What the container executes.</summary>
    internal const string ScriptVariable = "CONTAINERKIT_DETACHED_SCRIPT";

    /// <summary>A directory that it has as /shared.</summary>
    internal const string SharedVariable = "CONTAINERKIT_DETACHED_SHARED";

    /// <summary>Its restart policy.</summary>
    internal const string RestartVariable = "CONTAINERKIT_DETACHED_RESTART";

    /// <summary>Its memory limit in MiB; empty for none.</summary>
    internal const string MemoryVariable = "CONTAINERKIT_DETACHED_MEMORY";

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

        ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = dataRoot, PrepareContainers = false });
        ContainerSpec spec = ContainerSpec.FromImage(Get(ImageVariable))
            .WithName(DetachedBed.ContainerName)
            .WithCommand("/bin/busybox", "sh", "-c", Get(ScriptVariable))
            .WithBind(Get(SharedVariable), "/shared")
            .WithRestartPolicy(RestartPolicy.Parse(Get(RestartVariable)))
            .WithLifetime(ContainerLifetime.Detached);
        if (Get(MemoryVariable) is { Length: > 0 } memory)
            spec = spec.WithMemoryLimit(ByteSize.Parse(memory));
        Console.WriteLine("starting");
        await engine.Containers.StartAsync(spec);
        Console.WriteLine("ready");
        await Task.Delay(Timeout.Infinite);
        return 0;
    }

    private static string Get(string variable) => Environment.GetEnvironmentVariable(variable) ?? "";
}
