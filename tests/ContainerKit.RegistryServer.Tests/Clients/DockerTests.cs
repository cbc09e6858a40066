using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Xunit;

namespace ContainerKit.RegistryServer.Tests.Clients;

public sealed class DockerTests
{
    private const string CertificateRoot = "/etc/docker/certs.d";

    [Fact]
    public async Task Docker_logs_in_pushes_and_pulls_with_each_way_to_show_who_one_is()
    {
        // Docker takes 127.0.0.0/8 for insecure and shows no certificates there, so the registry that wants one is at another address of the machine.
        IPAddress? address = NetworkInterface.GetAllNetworkInterfaces()
            .Where(each => each.OperationalStatus == OperationalStatus.Up)
            .SelectMany(each => each.GetIPProperties().UnicastAddresses)
            .Select(each => each.Address)
            .FirstOrDefault(each => each.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(each));
        using var near = new ClientWorkspace();
        await using PrivateDocker docker = await PrivateDocker.StartAsync(near);
        string image = (await docker.RunAsync("import", await near.WriteArchiveAsync())).Trim();
        foreach (string way in (string[])[ClientWorkspace.None, ClientWorkspace.Basic, ClientWorkspace.Tokens])
        {
            await using RegistryFixture registry = await near.StartAsync(way);
            if (way != ClientWorkspace.None)
                await docker.RunAsync("login", "--username", "alice", "--password", "secret", registry.Server.Name);
            await PushAndPullAsync(registry);
        }

        Assert.SkipWhen(address is null, "missing capability: an address that is not loopback (none, basic and tokens were seen to work)");
        using var far = new ClientWorkspace(address);
        await using (RegistryFixture registry = await far.StartAsync(ClientWorkspace.Certificate))
        {
            bool hadRoot = Directory.Exists(CertificateRoot);
            string directory = Path.Combine(CertificateRoot, registry.Server.Name);
            far.WriteCertificates(directory);
            try
            {
                await PushAndPullAsync(registry);
            }
            finally
            {
                Directory.Delete(hadRoot ? directory : CertificateRoot, recursive: true);
            }
        }

        async Task PushAndPullAsync(RegistryFixture registry)
        {
            string name = $"{registry.Server.Name}/team/app:v1";
            await docker.RunAsync("tag", image, name);
            await docker.RunAsync("push", "--quiet", name);
            await docker.RunAsync("rmi", name);
            await docker.RunAsync("pull", "--quiet", name);
            Assert.Equal(image, (await docker.RunAsync("image", "inspect", "--format", "{{.Id}}", name)).Trim());
        }
    }
}
