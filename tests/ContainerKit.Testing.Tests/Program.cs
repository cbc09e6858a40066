using ContainerKit.Testing.Tests.Processes;

// The tests, a test process that they start and kill, or what makes an image for the tests of the packages.
if (Environment.GetEnvironmentVariable(ImageExport.Variable) is { } file)
    return await ImageExport.RunAsync(file);
return Environment.GetEnvironmentVariable(TestRun.Variable) is { } what
    ? await TestRun.RunAsync(what)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
