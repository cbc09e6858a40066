namespace ContainerKit.Testing.Tests.Processes;

/// <summary>What this program is when a test starts it as a test run of its own: it reports on standard output, and goes on until its input ends or it is killed.</summary>
internal static class TestRun
{
    /// <summary>Says that this process is one, and what it does.</summary>
    internal const string Variable = "CONTAINERKIT_TESTING_RUN";

    internal const string Ready = "ready";

    internal static async Task<int> RunAsync(string what)
    {
        // The data root comes by the variable that users have, too.
        ContainerEngine engine = await TestEngine.GetAsync();
        await using ContainerSnapshot snapshot = await ContainerSnapshot.CreateAsync(
            engine,
            ContainerSpec.FromImage(what).WithCommand("sh", "-c", "trap 'exit 0' TERM; echo up; while :; do sleep 1 & wait $!; done").WaitFor(Wait.ForLog("up")),
            async (container, token) => await container.ExecAsync(["sh", "-c", $"echo {Environment.ProcessId} > /mine"], token));
        var group = new ContainerGroup().Add("one", snapshot.Spec).Add("two", snapshot.Spec, "one");
        await using (group)
        {
            bool networks = engine.Networks.IsAvailable;
            if (networks)
                await group.StartAsync(engine);
            await using Container single = await snapshot.StartAsync();
            ExecResult mine = await single.ExecAsync(["cat", "/mine"]);
            Console.WriteLine(mine.StandardOutput.Trim() == Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture) ? Ready : "wrong: " + mine.StandardOutput);
            await Console.In.ReadLineAsync();
        }

        return 0;
    }
}
