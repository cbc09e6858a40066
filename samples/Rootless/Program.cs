using ContainerKit;

// What the user who runs this can do with containers on this machine, found out by doing it. What can't be done is said with the remedy that the
// library gives.
await using ContainerEngine engine = await ContainerEngine.OpenAsync();
Console.WriteLine($"{Environment.UserName}: {(engine.IsRootless ? "rootless" : "as root")}, files in {engine.DataRoot}");
Image machine = await engine.Images.FromDirectoryAsync("/");
ContainerSpec spec = ContainerSpec.FromImage(machine);

await TryAsync("a container", spec.WithCommand("sh", "-c", "echo the user inside is $(id -un), $(id -u)"));
await TryAsync("its own files", spec.WithCommand("sh", "-c", "echo changed > /etc/hostname && echo written to a copy: $(cat /etc/hostname)"));
await TryAsync("another user inside", spec.WithUser("1000:1000").WithCommand("sh", "-c", "echo $(id -u)"));
await TryAsync("files of another owner", spec.WithCommand("sh", "-c", "touch /tmp/owned && chown 1000 /tmp/owned && stat -c 'owned by %u' /tmp/owned"));
await TryAsync("a limit of memory", spec.WithMemoryLimit(ByteSize.MiB(64)).WithCommand("echo", "64 MiB"));
await TryAsync("a limit of processes", spec.WithPidsLimit(50).WithCommand("echo", "50"));

Volume volume = await engine.Volumes.CreateAsync($"rootless-sample-{Environment.ProcessId}");
await TryAsync("a volume", spec.WithVolume(volume.Name, "/data").WithCommand("sh", "-c", "echo kept > /data/file; echo written"));
await TryAsync("the same in the next container", spec.WithVolume(volume.Name, "/data").WithCommand("cat", "/data/file"));
await volume.RemoveAsync();

await using (Network network = await engine.Networks.CreateAsync($"rootless-sample-{Environment.ProcessId}"))
{
    await using Container named = await engine.Containers.StartAsync(spec.WithNetwork(network, "peer").WithCommand("sleep", "600"));
    await TryAsync("names in a network", spec.WithNetwork(network).WithCommand("getent", "hosts", "peer"));
}

return 0;

async Task TryAsync(string what, ContainerSpec run)
{
    string found;
    try
    {
        ExecResult result = await engine.Containers.RunAsync(run);
        found = result.ExitCode == 0 ? result.StandardOutput : $"exit code {result.ExitCode}: {result.StandardError}";
    }
    catch (ContainerKitException e)
    {
        found = "no: " + e.Message;
    }

    Console.WriteLine($"  {what + ":",-34}{found.Trim()}");
}
