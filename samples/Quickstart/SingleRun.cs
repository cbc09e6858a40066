using ContainerKit;

namespace Quickstart;

/// <summary>Runs one command in an image and ends with its exit code.</summary>
internal static class SingleRun
{
    internal static async Task<int> RunAsync(Steps steps, string image, string[] command)
    {
        await using ContainerEngine engine = await steps.RunAsync("open the engine", () => ContainerEngine.OpenAsync(), e => e.IsRootless ? "rootless" : "as root");
        Footprint before = Footprint.Take(engine);
        Image loaded = await steps.RunAsync($"image {image}", () => LoadAsync(engine, image), i => $"{i.Id}");

        ContainerSpec spec = ContainerSpec.FromImage(loaded);
        if (command.Length > 0)
        {
            spec = spec.WithCommand(command);
        }

        ExitStatus exit;
        await using (Container container = await steps.RunAsync("start", () => engine.Containers.StartAsync(spec), c => c.Name))
        {
            await foreach (LogLine line in container.ReadLogsAsync(follow: true))
            {
                TextWriter writer = line.Stream == LogStream.StandardError ? Console.Error : Console.Out;
                writer.Write(line.IsPartial ? line.Text : line.Text + "\n");
            }

            exit = await steps.RunAsync("exit", () => container.WaitAsync(), e => $"code {e.ExitCode}");
        }

        await engine.DisposeAsync();
        Report(before, Footprint.Take(engine));
        return exit.ExitCode;
    }

    /// <summary>Says whether anything is left.</summary>
    internal static void Report(Footprint before, Footprint after)
    {
        Steps.Note($"before: {before}");
        Steps.Note($"after:  {after}");
        Steps.Note(after.IsWithin(before) ? "Nothing was left behind." : "Something was left behind.");
    }

    private static async Task<Image> LoadAsync(ContainerEngine engine, string path)
    {
        bool isLayout = File.Exists(Path.Combine(path, "oci-layout"));
        if (Directory.Exists(path) && !isLayout)
        {
            return await engine.Images.FromDirectoryAsync(path);
        }

        try
        {
            IReadOnlyList<Image> images = await engine.Images.LoadAsync(path);
            return images[0];
        }
        catch (InvalidContentException) when (!isLayout)
        {
            // Neither an OCI layout nor a docker archive: then the tar is a root file system itself.
            return await engine.Images.ImportAsync(path);
        }
    }
}
