using ContainerKit;

// Build, test, push: what a CI job does, in the process of the job. The tests are a stage of the Dockerfile, so that they run on what is shipped.
if (args.Length > 2 || args is ["-h" or "--help", ..])
{
    Console.WriteLine("""
        CiRunner                        builds, tests and keeps the application that comes with this sample
        CiRunner DIRECTORY [REFERENCE]  the same with another: its Dockerfile has a stage "test", whose command tests;
                                        with a reference, such as registry.example/app:1.2, the image is pushed there
        """);
    return args.Length > 2 ? 64 : 0;
}

string directory = args.Length > 0 ? args[0] : Path.Combine(AppContext.BaseDirectory, "app");
string reference = args.Length > 1 ? args[1] : "ci-runner-sample:latest";
try
{
    await using ContainerEngine engine = await ContainerEngine.OpenAsync();
    BuildSpec spec = BuildSpec.FromDirectory(directory).WithNamedContext("tools", BuildContext.FromDirectory("/bin"));
    var steps = new StepLines();

    Image tests = await engine.Images.BuildAsync(spec.WithTarget("test"), steps);
    ExecResult result = await engine.Containers.RunAsync(ContainerSpec.FromImage(tests));
    Console.Write(result.StandardOutput);
    Console.Error.Write(result.StandardError);
    if (result.ExitCode != 0)
    {
        Console.Error.WriteLine($"The tests have failed with exit code {result.ExitCode}; nothing was pushed.");
        return result.ExitCode;
    }

    // What both stages share comes from the cache.
    Image image = await engine.Images.BuildAsync(spec.WithTag(reference), steps);
    if (args.Length > 1)
    {
        Console.WriteLine($"pushed {await engine.Images.PushAsync(reference)}");
    }
    else
    {
        Console.WriteLine($"built {reference}, {image.Id}");
        Console.Write((await engine.Containers.RunAsync(ContainerSpec.FromImage(image).WithCommand("CI"))).StandardOutput);
        await engine.Images.RemoveAsync(reference);
    }

    return 0;
}
catch (ContainerKitException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

/// <summary>A line for each step of a build that has ended, and what failed ones have printed.</summary>
internal sealed class StepLines : IProgress<BuildEvent>
{
    public void Report(BuildEvent value)
    {
        if (value is BuildStepEvent { State: not BuildStepState.Started } step)
        {
            Console.WriteLine($"{step.State.ToString().ToLowerInvariant(),-10}{step.Step.Text}");
        }
    }
}
