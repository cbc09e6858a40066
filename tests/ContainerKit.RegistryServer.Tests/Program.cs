using System.Net;
using System.Runtime.InteropServices;
using ContainerKit.RegistryServer;

// The tests, or a registry to try clients at, or to kill: CONTAINERKIT_REGISTRY_SERVE="/tmp/storage",
// and CONTAINERKIT_REGISTRY_COLLECT for one that collects garbage all the time.
if (Environment.GetEnvironmentVariable("CONTAINERKIT_REGISTRY_SERVE") is not { Length: > 0 } storage)
    return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

OciRegistryCollectionOptions collection = Environment.GetEnvironmentVariable("CONTAINERKIT_REGISTRY_COLLECT") is { Length: > 0 }
    ? new() { Interval = TimeSpan.FromMilliseconds(5), Lease = TimeSpan.FromMilliseconds(100), RemoveUntagged = true }
    : new();
await using OciRegistryServer server = await OciRegistryServer.StartAsync(new OciRegistryServerOptions
{
    EndPoints = [new IPEndPoint(IPAddress.Loopback, 0)],
    Registry = new OciRegistryOptions { StorageDirectory = storage, Collection = collection },
});
Console.WriteLine($"listening at {server.Name}");
var stop = new TaskCompletionSource();
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => { context.Cancel = true; stop.TrySetResult(); });
await stop.Task;
return 0;
