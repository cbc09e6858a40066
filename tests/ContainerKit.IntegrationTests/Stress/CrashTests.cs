using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace ContainerKit.IntegrationTests.Stress;

/// <summary>kill -9 of the engine's process at random moments: the next engine on the data root finds everything and removes it.</summary>
[Collection(StressCollection.Name)]
public sealed class CrashTests
{
    /// <summary>Raises the number of kills; each costs the start of a process.</summary>
    private const string CountVariable = "CONTAINERKIT_STRESS_KILLS";

    private const int Lanes = 2;

    [Fact]
    public async Task Nothing_is_left_after_the_engines_process_was_killed_at_random_moments()
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), CultureInfo.InvariantCulture, out int asked) ? asked : 40;
        Moments moments = Moments.Create();
        await using StressBed bed = new();
        await using (ContainerEngine engine = await bed.OpenAsync())
            await bed.MeasureAsync(engine);

        // One kill, for what starting a process needs once; then as many at a time as processors are expected.
        await KillAsync(bed, moments, whenReady: true);
        bed.Measure();
        int interrupted = 0;
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(async lane =>
        {
            await using StressBed own = new();
            await using (ContainerEngine engine = await own.OpenAsync())
                await own.MeasureAsync(engine);
            string[] files = Footprint.Files(own.DataRoot);
            for (int i = lane; i < kills; i += Lanes)
            {
                if (await KillAsync(own, moments, whenReady: moments.Next(4) != 0))
                    Interlocked.Increment(ref interrupted);
                Assert.True(Footprint.Files(own.DataRoot).Except(files).ToArray() is [], $"{moments} left {string.Join(" ", Footprint.Files(own.DataRoot).Except(files))}");
            }
        }));
        await bed.AssertNothingLeftAsync();
        TestContext.Current.SendDiagnosticMessage($"{interrupted} of {kills} kills interrupted a container's life.");
    }

    /// <summary>What the other test looks for it would find.</summary>
    [Fact]
    public async Task Processes_and_cgroups_of_a_living_container_are_found()
    {
        string marker = Guid.NewGuid().ToString("n");
        await using StressBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync();
        await using Container container = await engine.Containers.StartAsync(bed.Spec("/pause").WithEnvironment(CrashWorker.MarkerVariable, marker), StressBed.Token);
        int pid = (await container.InspectAsync(StressBed.Token)).ProcessId!.Value;

        string found = Assert.Single(Processes(marker));

        Assert.StartsWith($"/proc/{pid}:", found, StringComparison.Ordinal);
        string own = Footprint.Read($"/proc/{pid}/cgroup");
        Assert.Equal(own.Contains(container.Id, StringComparison.Ordinal), Footprint.Cgroups(new HashSet<string> { container.Id }) is not []);
    }

    /// <summary>Runs and kills a worker; true when containers were there at that time.</summary>
    private static async Task<bool> KillAsync(StressBed bed, Moments moments, bool whenReady)
    {
        string marker = Guid.NewGuid().ToString("n");
        using (Process worker = Start(bed, marker))
        {
            // Some are killed while the runtime and the engine still begin, the others while containers come and go.
            if (!whenReady)
            {
                await Task.Delay(moments.Next(600), StressBed.Token);
            }
            else
            {
                string? line = await worker.StandardOutput.ReadLineAsync(StressBed.Token);
                Assert.True(line == "ready", $"{line} {moments}{(line is null ? ": " + await worker.StandardError.ReadToEndAsync(StressBed.Token) : "")}");
                await moments.After(TimeSpan.FromMilliseconds(40), () => Task.CompletedTask);
            }

            Assert.True(!worker.HasExited, $"The worker ended by itself, {moments}: {(worker.HasExited ? await worker.StandardError.ReadToEndAsync(StressBed.Token) : "")}");
            worker.Kill();
            await worker.WaitForExitAsync(StressBed.Token);

            // Disposing the process leaves its streams to the finalizer.
            worker.StandardInput.Dispose();
            worker.StandardOutput.Dispose();
            worker.StandardError.Dispose();
        }

        HashSet<string> ids =
        [
            .. ((string[])["containers", "prepared", "removing"]).SelectMany(d => Directory.GetDirectories(Path.Combine(bed.DataRoot, d)))
                .Select(d => Path.GetFileName(d)!).Where(d => d != "names"),
        ];
        using DiagnosticLogs logs = new();
        await using (ContainerEngine next = await bed.OpenAsync(logs: logs))
        {
            foreach (ContainerInfo info in await next.Containers.ListAsync(StressBed.Token))
            {
                // Only the container that was made to stay is still there.
                Assert.Equal("kept", info.Name);
                Assert.NotEqual(ContainerStatus.Running, info.Status);
                await (await next.Containers.GetAsync(info.Id, StressBed.Token)).RemoveAsync(cancellationToken: StressBed.Token);
            }

            Assert.Empty(await next.Volumes.ListAsync(cancellationToken: StressBed.Token));
            Assert.True(Footprint.Cgroups(ids) is [], $"cgroups are left: {string.Join(' ', Footprint.Cgroups(ids))}, {moments}");
        }

        await Footprint.AssertNothingNewAsync([], () => Processes(marker), StressBed.Token);
        return ids.Count > 0;
    }

    private static Process Start(StressBed bed, string marker)
    {
        string program = Environment.ProcessPath!;
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(CrashTests).Assembly.Location] : [];
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[CrashWorker.Variable] = bed.DataRoot;
        start.Environment[CrashWorker.ImageVariable] = bed.ImageDirectory;
        start.Environment[CrashWorker.MarkerVariable] = marker;
        return Process.Start(start)!;
    }

    /// <summary>Processes with the marker in their environment, and launching processes whose starter is gone.</summary>
    private static string[] Processes(string marker)
    {
        List<string> found = [];
        foreach (string directory in Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(d[6])))
        {
            if (Footprint.Read(directory + "/environ").Contains(marker, StringComparison.Ordinal) || IsAbandonedLauncher(directory))
                found.Add($"{directory}: {Footprint.Read(directory + "/cmdline")} {Footprint.Read(directory + "/status")}");
        }

        return [.. found];
    }

    private static bool IsAbandonedLauncher(string directory)
    {
        try
        {
            if (new FileInfo(directory + "/exe").LinkTarget?.Contains("containerkit-launch", StringComparison.Ordinal) != true)
                return false;
            string parent = Footprint.Read(directory + "/status").Split('\n').FirstOrDefault(l => l.StartsWith("PPid:", StringComparison.Ordinal)) ?? "";
            return parent.EndsWith("\t1", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
