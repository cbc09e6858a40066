using ContainerKit;
using Quickstart;

if (args is ["-h" or "--help", ..])
{
    Console.WriteLine("""
        Quickstart                          a short demonstration on a copy-on-write view of this machine
        Quickstart IMAGE [COMMAND…]         runs a command in an image: a directory (a root file system or an OCI layout),
                                            or a tar (docker save, OCI layout, or a root file system), plain or gzip
        """);
    return 0;
}

Steps steps = new();
try
{
    return args.Length == 0 ? await Demonstration.RunAsync(steps) : await SingleRun.RunAsync(steps, args[0], args[1..]);
}
catch (Exception e) when (e is ContainerKitException or IOException or ArgumentException)
{
    steps.Fail(e.Message);
    return e is ContainerStartException start ? start.ExitCode : 125;
}
