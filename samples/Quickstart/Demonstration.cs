using ContainerKit;

namespace Quickstart;

/// <summary>What a container is, in ten seconds: on a view of this machine's own files, so that nothing has to be downloaded.</summary>
internal static class Demonstration
{
    private const string Marker = "/etc/containerkit-quickstart";

    internal static async Task<int> RunAsync(Steps steps)
    {
        await using ContainerEngine engine = await steps.RunAsync(
            "open the engine", () => ContainerEngine.OpenAsync(), e => (e.IsRootless ? "rootless, " : "as root, ") + e.DataRoot);
        Footprint before = Footprint.Take(engine);
        Image machine = await steps.RunAsync("image: a copy-on-write view of /", () => engine.Images.FromDirectoryAsync("/"));
        ContainerSpec sleeper = ContainerSpec.FromImage(machine).WithHostname("quickstart").WithCommand("sh", "-c", "echo started; echo to stderr >&2; exec sleep 600");

        await using (Container container = await steps.RunAsync("start a container", () => engine.Containers.StartAsync(sleeper), c => c.ToString()))
        {
            await ExecuteAsync(steps, container, "its processes", "for p in /proc/[0-9]*; do [ -r $p/comm ] && echo ${p#/proc/} $(cat $p/comm); done");
            await ExecuteAsync(steps, container, "its host name", "hostname || cat /proc/sys/kernel/hostname");
            await ExecuteAsync(steps, container, $"a write to {Marker}", $"echo written inside > {Marker} && cat {Marker}");
            Steps.Note($"the host sees {(File.Exists(Marker) ? "it, which is wrong" : "no such file")}");
            await ReadLogsAsync(steps, container);
            await steps.RunAsync("stop", async () =>
            {
                await container.StopAsync(TimeSpan.Zero);
                return await container.WaitAsync();
            }, e => $"exit code {e.ExitCode}, 128 + the signal's number");
        }

        await LimitMemoryAsync(steps, engine, machine);
        await RepeatAsync(steps, engine, machine);

        // An open engine has processes of its own: one that waits for the next container, and for an ordinary user those that hold the namespace.
        await engine.DisposeAsync();
        SingleRun.Report(before, Footprint.Take(engine));
        return 0;
    }

    private static async Task ExecuteAsync(Steps steps, Container container, string what, string script)
    {
        ExecResult result = await steps.RunAsync($"exec: {what}", () => container.ExecAsync(["sh", "-c", script]));
        string text = result.StandardOutput + result.StandardError;
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Steps.Note(line);
        }
    }

    private static async Task ReadLogsAsync(Steps steps, Container container)
    {
        List<LogLine> lines = await steps.RunAsync("read its log", async () => await container.ReadLogsAsync().ToListAsync());
        foreach (LogLine line in lines)
        {
            Steps.Note($"{line.Stream}: {line.Text.TrimEnd()}");
        }
    }

    private static async Task LimitMemoryAsync(Steps steps, ContainerEngine engine, Image machine)
    {
        ContainerSpec greedy = ContainerSpec.FromImage(machine).WithMemoryLimit(ByteSize.MiB(32)).WithCommand("sh", "-c", "x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo ${#x}");
        try
        {
            await steps.RunAsync("200 MB of memory under a limit of 32 MiB", () => engine.Containers.RunAsync(greedy), r => r.ExitCode == 0 ? "not limited" : $"stopped, exit code {r.ExitCode}");
        }
        catch (UnsupportedException e)
        {
            Steps.Note($"no memory limit here: {e.Message}");
        }
    }

    private static async Task RepeatAsync(Steps steps, ContainerEngine engine, Image machine)
    {
        ContainerSpec spec = ContainerSpec.FromImage(machine).WithCommand("true");
        await steps.RunAsync("20 containers, one after the other: create, start, wait, remove", async () =>
        {
            for (int i = 0; i < 20; i++)
            {
                await engine.Containers.RunAsync(spec);
            }

            return 20;
        });
    }
}
