namespace ContainerKit.IntegrationTests.Builds;

/// <summary>A process that builds without pause until it is killed; <see cref="BuildCrashTests"/> starts and kills it.</summary>
internal static class BuildWorker
{
    /// <summary>The environment variable that makes the test program this process; its value is the data root.</summary>
    internal const string Variable = "CONTAINERKIT_BUILD_WORKER";

    /// <summary>The directory of the context.</summary>
    internal const string ContextVariable = "CONTAINERKIT_BUILD_CONTEXT";

    internal const string Dockerfile = """
        FROM busybox:local AS tools
        ARG ROUND
        RUN --mount=type=cache,target=/cache,id=crash echo $ROUND > /cache/round; echo $ROUND > /round
        FROM busybox:local
        COPY files /files/
        RUN echo kept > /kept
        COPY --from=tools /round /round
        WORKDIR /made/deep
        RUN --mount=type=bind,target=/context,rw echo x > /context/new; cat /round > /again
        """;

    internal static BuildSpec Spec(string context, string round)
        => BuildSpec.FromDirectory(context).WithDockerfileText(Dockerfile).WithArgument("ROUND", round).WithTag("crash:1");

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

        string context = Environment.GetEnvironmentVariable(ContextVariable)!;
        await using ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = dataRoot });
        await engine.Images.BuildAsync(Spec(context, "first"));
        Console.WriteLine("ready");
        while (true)
        {
            await engine.Images.BuildAsync(Spec(context, Guid.NewGuid().ToString("N")));
        }
    }
}
