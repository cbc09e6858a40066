using ContainerKit.IntegrationTests.Builds;
using ContainerKit.IntegrationTests.Detached;
using ContainerKit.IntegrationTests.Networks;
using ContainerKit.IntegrationTests.Registries;
using ContainerKit.IntegrationTests.Stress;

// The tests, or a process that they kill: it has to be a process of its own, and this one has everything that it needs.
if (Environment.GetEnvironmentVariable(PullWorker.Variable) is { } image)
{
    return await PullWorker.RunAsync(image);
}

if (Environment.GetEnvironmentVariable(DetachedWorker.Variable) is { } detached)
{
    return await DetachedWorker.RunAsync(detached);
}

if (Environment.GetEnvironmentVariable(BuildWorker.Variable) is { } buildRoot)
{
    return await BuildWorker.RunAsync(buildRoot);
}

if (Environment.GetEnvironmentVariable(StoreWorker.Variable) is { } storeRoot)
{
    return await StoreWorker.RunAsync(storeRoot);
}

if (Environment.GetEnvironmentVariable(NetworkWorker.Variable) is { } networkRoot)
{
    return await NetworkWorker.RunAsync(networkRoot);
}

if (Environment.GetEnvironmentVariable(CoexistenceWorker.Variable) is { } coexistence)
{
    return await CoexistenceWorker.RunAsync(coexistence);
}

return Environment.GetEnvironmentVariable(CrashWorker.Variable) is { } dataRoot
    ? await CrashWorker.RunAsync(dataRoot)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
