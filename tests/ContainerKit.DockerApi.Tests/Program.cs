using System.Runtime.InteropServices;
using ContainerKit;
using ContainerKit.DockerApi;
using ContainerKit.DockerApi.Tests.Hosting;

// The tests, or a server for trying clients: CONTAINERKIT_API_SERVE="unix:///tmp/x.sock /tmp/data-root".
if (Environment.GetEnvironmentVariable("CONTAINERKIT_API_SERVE")?.Split(' ') is not [{ } host, { } dataRoot])
    return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

await using ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = dataRoot, StartContainers = true });
await BusyboxImage.ImportAsync(engine, CancellationToken.None);
await using DockerApiServer server = await DockerApiServer.StartAsync(engine, new DockerApiOptions { Hosts = [host], LoggerFactory = new ConsoleLoggerFactory() });
Console.WriteLine($"listening at {string.Join(' ', server.Addresses)}");
var stop = new TaskCompletionSource();
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => { context.Cancel = true; stop.TrySetResult(); });
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => { context.Cancel = true; stop.TrySetResult(); });
await stop.Task;
return 0;
