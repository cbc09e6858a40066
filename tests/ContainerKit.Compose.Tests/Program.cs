using ContainerKit.Compose.Tests.Running;

// The tests, or a process that they kill: it has to be a process of its own, and this one has everything that it needs.
return Environment.GetEnvironmentVariable(UpWorker.Variable) is { } dataRoot
    ? await UpWorker.RunAsync(dataRoot)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
