using ContainerKit.IntegrationTests.Stress;

// The tests, or the process that they kill: it has to be a process of its own, and this one has everything that it needs.
return Environment.GetEnvironmentVariable(CrashWorker.Variable) is { } dataRoot
    ? await CrashWorker.RunAsync(dataRoot)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
