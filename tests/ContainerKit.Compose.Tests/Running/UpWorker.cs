using System.Diagnostics;

namespace ContainerKit.Compose.Tests.Running;

/// <summary>A process that brings a project up, and is killed on the way: by itself at a step, or by the test.</summary>
internal static class UpWorker
{
    /// <summary>The environment variable that makes the test program this process; its value is the data root.</summary>
    internal const string Variable = "CONTAINERKIT_COMPOSE_DATA_ROOT";

    /// <summary>The Compose file.</summary>
    internal const string FileVariable = "CONTAINERKIT_COMPOSE_FILE";

    /// <summary>The step, as <see cref="ComposeProgress"/> writes it, with which it kills itself; another text for none.</summary>
    internal const string StepVariable = "CONTAINERKIT_COMPOSE_STEP";

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
        ComposeProject project = await engine.Compose.LoadAsync(Environment.GetEnvironmentVariable(FileVariable)!);
        var options = new ComposeUpOptions { Lifetime = ContainerLifetime.Detached, Progress = new SuddenEnd(Environment.GetEnvironmentVariable(StepVariable)!) };
        await project.UpAsync(options);
        await engine.DisposeAsync();
        return 0;
    }

    /// <summary>Nothing of this process happens after the step.</summary>
    private sealed class SuddenEnd(string step) : IProgress<ComposeProgress>
    {
        public void Report(ComposeProgress value)
        {
            if (value.ToString() != step)
                return;
            using var self = Process.GetCurrentProcess();
            self.Kill();
            Thread.Sleep(Timeout.Infinite);
        }
    }
}
