using ContainerKit.Testing.Tests.Processes;

// The tests, or a test process that they start and kill.
return Environment.GetEnvironmentVariable(TestRun.Variable) is { } what
    ? await TestRun.RunAsync(what)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
