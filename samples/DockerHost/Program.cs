using System.Runtime.InteropServices;
using ContainerKit;
using ContainerKit.DockerApi;

// A process that is a Docker host for as long as it runs: tests that are written against Docker (Testcontainers, docker-compose, the docker command)
// find an engine here without one being installed. What is left of their containers goes with the process.
if (args is ["-h" or "--help", ..] || args.Length > 1)
{
    Console.WriteLine("DockerHost [SOCKET]     serves the Docker Engine API on a UNIX socket, by default docker.sock in a new directory for temporary files");
    return args.Length > 1 ? 64 : 0;
}

string? made = args.Length == 0 ? Directory.CreateTempSubdirectory("docker-host-").FullName : null;
string socket = made is null ? Path.GetFullPath(args[0]) : Path.Combine(made, "docker.sock");
var ended = new TaskCompletionSource();
using PosixSignalRegistration onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using PosixSignalRegistration onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
try
{
    await using ContainerEngine engine = await ContainerEngine.OpenAsync();
    await using DockerApiServer server = await DockerApiServer.StartAsync(engine, new DockerApiOptions { Hosts = ["unix://" + socket] });
    foreach (string address in server.Addresses)
    {
        Console.WriteLine($"export DOCKER_HOST={address}");
    }

    await ended.Task;
    return 0;
}
catch (Exception e) when (e is ContainerKitException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
finally
{
    if (made is not null)
    {
        Directory.Delete(made, recursive: true);
    }
}

void End(PosixSignalContext context)
{
    context.Cancel = true;
    ended.TrySetResult();
}
