using System.Diagnostics;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Clients;

/// <summary>A client that is a program of this machine.</summary>
internal static class ClientProgram
{
    /// <summary>Where it is; null: nowhere.</summary>
    internal static string? Find(string name)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/bin").Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    /// <summary>Runs it to its end.</summary>
    internal static async Task<(int Code, string Output, string Error)> RunAsync(ApiFixture api, string program, string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = directory, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOCKER_HOST"] = $"unix://{api.SocketPath}";
        start.Environment["DOCKER_CONFIG"] = Path.GetDirectoryName(api.SocketPath)!;
        foreach (string variable in (string[])["DOCKER_API_VERSION", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "COMPOSE_API_VERSION"])
            start.Environment.Remove(variable);
        using Process client = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(ApiFixture.Patience * 2);
        await using CancellationTokenRegistration kill = patience.Token.Register(() => client.Kill(entireProcessTree: true));
        client.StandardInput.Close();
        Task<string> output = client.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> error = client.StandardError.ReadToEndAsync(CancellationToken.None);
        await client.WaitForExitAsync(CancellationToken.None);
        return (client.ExitCode, await output, await error);
    }
}
