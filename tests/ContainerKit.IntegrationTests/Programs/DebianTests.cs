using Xunit;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>The programs of a small Debian, and what its packages ask of a file system: owners, setuid bits, file capabilities.</summary>
[Collection(DebianCollection.Name)]
public sealed class DebianTests(DebianFixture debian)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dash_perl_and_python_run()
    {
        ExecResult dash = await debian.RunAsync("readlink /bin/sh; . /etc/os-release; echo $ID $VERSION_CODENAME; getent passwd root | cut -d: -f1");
        ExecResult perl = await debian.Engine.Containers.RunAsync(
            debian.Spec("perl", "-MDigest::SHA=sha256_hex", "-MPOSIX=uname", "-e", "print sha256_hex('abc'), ' ', (uname)[0], ' ', `echo child`"), cancellationToken: Token);

        // A pool needs semaphores in /dev/shm, pipes and forks.
        const string Python = "import sqlite3, ssl, multiprocessing as m\nif __name__ == '__main__':\n  with m.Pool(2) as p: print(p.map(abs, [-1, -2]))\n  print(sqlite3.connect('/root/db').execute('select 6*7').fetchone())";
        ExecResult python = await debian.Engine.Containers.RunAsync(debian.Spec("python3", "-c", Python), cancellationToken: Token);

        Assert.Equal(("dash\ndebian bookworm\nroot\n", ""), (dash.StandardOutput, dash.StandardError));
        Assert.Equal(("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad Linux child\n", ""), (perl.StandardOutput, perl.StandardError));
        Assert.Equal(("[1, 2]\n(42,)\n", ""), (python.StandardOutput, python.StandardError));
    }

    [Fact]
    public async Task Packages_are_whole_and_can_be_removed()
    {
        // apt changes to its user _apt, when there can be one.
        string sandbox = debian.MapsUsers ? "" : "-o APT::Sandbox::User=root";

        ExecResult result = await debian.RunAsync(
            $"set -e; apt-get --version | head -n 1; apt-get {sandbox} check; dpkg --audit; dpkg --verify redis-tools; apt-get {sandbox} remove -y -q iputils-ping >/dev/null; test ! -e /bin/ping; dpkg --audit; echo removed");

        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.StartsWith("apt 2.", result.StandardOutput, StringComparison.Ordinal);
        Assert.EndsWith("removed\n", result.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apt_installs_a_package_that_was_built_inside()
    {
        // apt reads packages as its user _apt, when there can be one.
        string sandbox = debian.MapsUsers ? "" : "-o APT::Sandbox::User=root";
        ExecResult result = await debian.RunAsync(
            $$"""
            set -e
            mkdir -p /tmp/demo/DEBIAN /tmp/demo/usr/bin
            printf 'Package: demo\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: demo\n' > /tmp/demo/DEBIAN/control
            printf '#!/bin/sh\necho demo runs\n' > /tmp/demo/usr/bin/demo
            chmod 755 /tmp/demo/usr/bin/demo
            dpkg-deb --build --root-owner-group /tmp/demo /tmp/demo.deb > /dev/null
            apt-get install -y -q {{sandbox}} /tmp/demo.deb > /dev/null 2> /tmp/errors || { cat /tmp/errors; exit 1; }
            demo
            dpkg -s demo | grep Status
            """);

        Assert.Equal(("demo runs\nStatus: install ok installed\n", 0), (result.StandardOutput, result.ExitCode));
    }

    [Fact]
    public async Task Files_have_the_owners_of_the_archive_or_roots()
    {
        ExecResult result = await debian.RunAsync("stat -c %U:%G /var/lib/postgresql /var/lib/redis /etc/shadow");

        Assert.Equal(debian.MapsUsers ? "postgres:postgres\nredis:redis\nroot:shadow\n" : "root:root\nroot:root\nroot:root\n", result.StandardOutput);
    }

    [Fact]
    public async Task Setuid_programs_give_root_unless_new_privileges_are_forbidden()
    {
        debian.RequireUsers();
        const string Script = "stat -c %a /usr/bin/su; su root -c 'id -u'";
        ContainerSpec spec = debian.Spec("sleep", "1000");
        ExecSpec asUser = ExecSpec.ForCommand("sh", "-c", Script).WithUser("postgres");

        ExecResult allowed = await SwitchAsync(spec);
        ExecResult forbidden = await SwitchAsync(spec.WithNoNewPrivileges());

        Assert.Equal("4755\n0\n", allowed.StandardOutput);
        Assert.Equal("4755\n", forbidden.StandardOutput);
        Assert.NotEqual(0, forbidden.ExitCode);

        async Task<ExecResult> SwitchAsync(ContainerSpec what)
        {
            await using Container container = await debian.Engine.Containers.StartAsync(what, Token);
            Assert.Equal(0, (await container.ExecAsync(["sed", "-i", "s/^root:[^:]*:/root::/", "/etc/shadow"], Token)).ExitCode);
            return await container.ExecAsync(asUser, Token);
        }
    }

    [Fact]
    public async Task File_capabilities_survive_the_import_and_work()
    {
        debian.RequireUsers();
        ContainerSpec spec = debian.Spec("sh", "-c", "getcap /usr/bin/ping; ping -q -c 1 127.0.0.1 > /dev/null && echo answered").WithUser("postgres");

        ExecResult result = await debian.Engine.Containers.RunAsync(spec, cancellationToken: Token);

        Assert.Equal(("/usr/bin/ping cap_net_raw=ep\nanswered\n", ""), (result.StandardOutput, result.StandardError));
    }
}
