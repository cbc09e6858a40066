using ContainerKit.Linux;
using ContainerKit.Linux.Launching;
using ContainerKit.Runtime;
using Xunit;

namespace ContainerKit.IntegrationTests.Runtime;

/// <summary>What is told to those who are kept from starting containers, without a machine that forbids it.</summary>
public sealed class StartFailureTests
{
    [Theory]
    [InlineData(Errno.EPERM)]
    [InlineData(Errno.ENOSPC)]
    [InlineData(Errno.EUSERS)]
    public void Forbidden_user_namespaces_are_named_with_every_switch_that_allows_them(Errno errno)
    {
        ContainerKitException e = StartFailure.From(new LaunchException("namespaces", new LinuxException("unshare", errno)), isRootless: true);

        Assert.IsType<UnsupportedException>(e);
        Assert.Contains("may not make a user namespace", e.Message, StringComparison.Ordinal);
        Assert.Contains(errno.ToString(), e.Message, StringComparison.Ordinal);
        foreach (string remedy in (string[])["user.max_user_namespaces", "kernel.unprivileged_userns_clone=1", "kernel.apparmor_restrict_unprivileged_userns=0", "seccomp"])
            Assert.Contains(remedy, e.Message, StringComparison.Ordinal);
    }
}
