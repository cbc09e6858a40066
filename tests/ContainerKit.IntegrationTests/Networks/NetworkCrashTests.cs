using System.Diagnostics;
using System.Globalization;
using ContainerKit.IntegrationTests.Programs;
using ContainerKit.IntegrationTests.Stress;
using ContainerKit.Linux.Netlink;
using Xunit;

namespace ContainerKit.IntegrationTests.Networks;

/// <summary>kill -9 at random moments of network and volume operations: with the next engine nothing of the dead one is left.</summary>
[Collection(StressCollection.Name)]
public sealed class NetworkCrashTests : IDisposable
{
    /// <summary>Raises the number of kills; each costs the start of a process.</summary>
    private const string CountVariable = "CONTAINERKIT_STRESS_KILLS";

    private const int UsualKills = 8;

    private readonly string _directory = Directory.CreateTempSubdirectory("ck-net-").FullName;
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable(CountVariable), CultureInfo.InvariantCulture, out int asked) ? asked : UsualKills;

    private CancellationToken Token => _limit.Token;

    private string Sessions => Path.Combine(_directory, "data", "networks", "sessions");

    public void Dispose() => _limit.Dispose();

    [Fact]
    public async Task Nothing_is_left_of_an_engine_that_was_killed()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "missing capability: root, whose interfaces are the machine's; those of others end with their sandbox");
        BusyboxFixture.RequireBusybox();
        _limit.CancelAfter(TimeSpan.FromMinutes(5) + (Kills * TimeSpan.FromSeconds(20)));
        Moments moments = Moments.Create();
        using RouteSocket routes = RouteSocket.Open();
        using FilterSocket filters = FilterSocket.Open();
        for (int i = 0; i < Kills; i++)
        {
            string[] sessions = await KillAsync(moments);
            string[] names;
            await using (ContainerEngine next = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = Path.Combine(_directory, "data") }, Token))
            {
                Assert.SkipUnless(next.Networks.IsAvailable, $"missing capability: networks ({next.Networks.UnavailableReason})");
                foreach (FilterFamily family in new[] { FilterFamily.Inet, FilterFamily.Bridge })
                {
                    IReadOnlyList<string> tables = filters.ListTables(family);
                    Assert.All(sessions, session => Assert.DoesNotContain(tables, table => table.EndsWith(session[..12], StringComparison.Ordinal)));
                }

                IReadOnlyList<NetworkInfo> networks = await next.Networks.ListAsync(cancellationToken: Token);
                Assert.All(networks, network => Assert.True(network.Addresses.Count == 0, $"{network.Name} {moments}"));
                names = [.. networks.Select(network => network.InterfaceName).OfType<string>()];
                Assert.All(names, name => Assert.True(routes.FindLink(name) is null, $"{name} {moments}"));
                await next.Networks.PruneAsync(cancellationToken: Token);
                await CheckVolumesAsync(next, moments);
            }

            // The kernel takes namespaces down a little after their last process.
            while (routes.ListLinks().Any(link => sessions.Any(session => link.Name.StartsWith("ckv" + session[..4], StringComparison.Ordinal)) || names.Contains(link.Name)))
            {
                await Task.Delay(20, Token);
            }

            Assert.Empty(Directory.GetFiles(Sessions));
        }

        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Nothing is mounted, nothing half made, and what was in the volume that is always there is in it.</summary>
    private async Task CheckVolumesAsync(ContainerEngine next, Moments moments)
    {
        string volumes = Path.Combine(_directory, "data", "volumes");
        Assert.Empty(Directory.GetDirectories(volumes, ".*"));
        Assert.DoesNotContain(File.ReadLines("/proc/self/mountinfo"), line => line.Contains(volumes, StringComparison.Ordinal));
        Assert.Equal(NetworkWorker.Kept, (await File.ReadAllTextAsync(Path.Combine(volumes, "kept", "_data", "file"), Token)).Trim());
        foreach (VolumeInfo volume in (await next.Volumes.ListAsync(cancellationToken: Token)).Where(volume => volume.Name != "kept"))
        {
            // A volume is filled completely or not at all; the files that a start adds come after those of the image.
            string[] files = [.. Directory.GetFiles(volume.MountPoint).Select(path => Path.GetFileName(path))];
            Assert.True(
                files.Length == 0 || (volume.Name.StartsWith("filled", StringComparison.Ordinal) && new[] { "passwd", "group", "plain" }.All(files.Contains)),
                $"{volume.Name}: {string.Join(' ', files)}, {moments}");
            await (await next.Volumes.GetAsync(volume.Name, Token)).RemoveAsync(Token);
        }
    }

    /// <summary>The sessions that the dead process had.</summary>
    private async Task<string[]> KillAsync(Moments moments)
    {
        string program = Environment.ProcessPath!;
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(NetworkCrashTests).Assembly.Location] : [];
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[NetworkWorker.Variable] = Path.Combine(_directory, "data");
        using Process worker = Process.Start(start)!;
        string? line = await worker.StandardOutput.ReadLineAsync(Token);
        Assert.True(line == "ready", $"{line} {moments}{(line is null ? ": " + await worker.StandardError.ReadToEndAsync(Token) : "")}");
        await moments.After(TimeSpan.FromMilliseconds(300), () => Task.CompletedTask);
        string[] sessions = [.. Directory.GetFiles(Sessions).Select(path => Path.GetFileName(path))];
        Assert.True(!worker.HasExited, $"The worker ended by itself, {moments}: {(worker.HasExited ? await worker.StandardError.ReadToEndAsync(Token) : "")}");
        worker.Kill();
        await worker.WaitForExitAsync(Token);
        return sessions;
    }
}
