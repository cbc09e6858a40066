using System.Diagnostics;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Options;

/// <summary>Profiles of AppArmor, on a kernel that enforces them: Debian's does, and the gate has it in a virtual machine.</summary>
public sealed class AppArmorTests(BusyboxFixture busybox) : OptionTest(busybox), IClassFixture<BusyboxFixture>
{
    private const string Enabled = "/sys/module/apparmor/parameters/enabled";

    [Fact]
    public async Task Profile_holds_for_the_command_and_for_further_ones()
    {
        await using Profile profile = await Profile.LoadAsync("deny /etc/plain rw,");
        await using Container container = await StartAsync(Script("cat /proc/self/attr/current; cat /etc/plain; echo ready; sleep 86400").WithSecurityOptions($"apparmor={profile.Name}"));
        await WaitForLineAsync(container, "ready");

        ExecResult further = await container.ExecAsync(["sh", "-c", "cat /proc/self/attr/current; cat /etc/plain"], Token);

        Assert.Equal($"{profile.Name} (enforce)\n", further.StandardOutput);
        Assert.Contains("Permission denied", further.StandardError, StringComparison.Ordinal);
        string log = await LogAsync(container);
        Assert.Contains($"{profile.Name} (enforce)", log, StringComparison.Ordinal);
        Assert.Contains("Permission denied", log, StringComparison.Ordinal);
        Assert.DoesNotContain("not a program", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_profile_the_file_can_be_read()
    {
        await using Profile profile = await Profile.LoadAsync("deny /etc/plain rw,");

        Assert.Equal("not a program\n", await OutputAsync(Script("cat /etc/plain").WithSecurityOptions("apparmor=unconfined")));
    }

    [Fact]
    public async Task Profile_that_is_not_loaded_is_named_with_the_remedy()
    {
        RequireAppArmor();

        ContainerStartException failure = await Assert.ThrowsAsync<ContainerStartException>(() => RunAsync(Script("true").WithAppArmorProfile("containerkit-not-loaded")));

        Assert.Contains("apparmor_parser", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>CVE-2019-16884: where the image may put something over /proc, the profile is written into a file of its own.</summary>
    [Fact]
    public async Task Volume_over_proc_takes_no_profile_away()
    {
        await using Profile profile = await Profile.LoadAsync("deny /etc/plain rw,");

        await Assert.ThrowsAsync<ContainerStartException>(() => RunAsync(Script("cat /etc/plain").WithVolume(new VolumeMount(null, "/proc")).WithAppArmorProfile(profile.Name)));
    }

    private static void RequireAppArmor()
        => Assert.SkipUnless(File.Exists(Enabled) && File.ReadAllText(Enabled).StartsWith('Y'), "missing capability: a kernel that runs with AppArmor");

    /// <summary>A profile that allows everything but what is denied.</summary>
    private sealed class Profile : IAsyncDisposable
    {
        private readonly string _file = Path.GetTempFileName();

        internal string Name { get; } = "containerkit-test-" + Guid.NewGuid().ToString("n");

        internal static async Task<Profile> LoadAsync(string denied)
        {
            RequireAppArmor();
            Assert.SkipUnless(Environment.IsPrivilegedProcess, "missing capability: root, who may load profiles");
            Capability.Require("apparmor_parser", "apparmor");
            var profile = new Profile();
            await File.WriteAllTextAsync(
                profile._file,
                $"profile {profile.Name} flags=(attach_disconnected,mediate_deleted) {{\n  file,\n  capability,\n  network,\n  mount,\n  umount,\n  signal,\n  ptrace,\n  unix,\n  {denied}\n}}\n",
                TestContext.Current.CancellationToken);
            await RunParserAsync("--replace", profile._file);
            return profile;
        }

        public async ValueTask DisposeAsync()
        {
            await RunParserAsync("--remove", _file);
            File.Delete(_file);
        }

        private static async Task RunParserAsync(params string[] arguments)
        {
            using var parser = Process.Start(new ProcessStartInfo(Capability.Find("apparmor_parser")!, ["--skip-cache", .. arguments]) { RedirectStandardError = true })!;
            string error = await parser.StandardError.ReadToEndAsync(CancellationToken.None);
            await parser.WaitForExitAsync(CancellationToken.None);
            Assert.True(parser.ExitCode == 0, error);
        }
    }
}
