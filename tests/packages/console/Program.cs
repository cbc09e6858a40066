using ContainerKit;

await using var engine = await ContainerEngine.OpenAsync();
Image machine = await engine.Images.FromDirectoryAsync("/");
ExecResult result = await engine.Containers.RunAsync(ContainerSpec.FromImage(machine).WithCommand("echo", "hello from a container"));
Console.Write(result.StandardOutput);
return result.ExitCode;
