using ContainerKit.Linux;
using ContainerKit.Linux.Launching;

namespace ContainerKit.Runtime;

/// <summary>Turns a failed launch into the exception that callers see, with Docker's exit code and what to do about it.</summary>
internal static class StartFailure
{
    private const int CannotCreate = 125;
    private const int NotExecutable = 126;
    private const int NotFound = 127;

    internal static ContainerKitException From(LaunchException failure, bool isRootless)
    {
        LinuxException call = failure.Failure;
        return failure.Stage switch
        {
            "execute" => Execute(failure, call),
            "namespaces" when isRootless && call.Errno is Errno.EPERM or Errno.ENOSPC or Errno.EUSERS => NoUserNamespaces(failure),
            "oom score" when call.Errno is Errno.EACCES => new UnsupportedException(
                "OomScoreAdjustment can't be lowered below this process's own without CAP_SYS_RESOURCE in the initial user namespace. Choose a higher one, or run as root.", failure),
            "apparmor" when call.Errno is Errno.ENOENT => new ContainerStartException(
                failure.Stage, CannotCreate, "The kernel has not loaded the AppArmor profile that was asked for. Load it with apparmor_parser --replace FILE, or leave AppArmorProfile out.", failure),
            "apparmor" when call.Errno is Errno.EACCES or Errno.EPERM => new ContainerStartException(
                failure.Stage, CannotCreate, "The AppArmor profile of this process does not let it change to the profile that was asked for (change_profile). Leave AppArmorProfile out.", failure),
            "working directory" => new ContainerStartException(failure.Stage, CannotCreate, $"The working directory can't be used: {call.Message}", failure),
            _ => new ContainerStartException(failure.Stage, CannotCreate, $"The container could not be created, {failure.Message}", failure),
        };
    }

    /// <summary>The reasons why an ordinary user may be kept from making a user namespace.</summary>
    internal static UnsupportedException NoUserNamespaces(LaunchException failure)
        => new(
            "This user may not make a user namespace, which running without root needs "
            + $"({failure.Failure.Syscall}: {failure.Failure.Errno}). Ask the administrator for: sysctl user.max_user_namespaces > 0; on Debian "
            + "kernel.unprivileged_userns_clone=1; on Ubuntu 24.04 and later kernel.apparmor_restrict_unprivileged_userns=0 or an AppArmor profile "
            + "for this program; inside another container a seccomp profile that allows unshare and clone.",
            failure);

    private static ContainerStartException Execute(LaunchException failure, LinuxException call)
    {
        string name = call.Path ?? "";
        return call.Errno switch
        {
            Errno.ENOENT or Errno.ENOTDIR when name.Contains('/', StringComparison.Ordinal)
                => new(failure.Stage, NotFound, $"exec: \"{name}\": no such file or directory (or its interpreter is missing in the image)", failure),
            Errno.ENOENT or Errno.ENOTDIR
                => new(failure.Stage, NotFound, $"exec: \"{name}\": executable file not found in $PATH", failure),
            Errno.EACCES or Errno.EISDIR or Errno.EPERM
                => new(failure.Stage, NotExecutable, $"exec: \"{name}\": permission denied (is it a file with the executable bit, on a mount without noexec?)", failure),
            Errno.ENOEXEC
                => new(failure.Stage, NotExecutable, $"exec: \"{name}\": exec format error (made for another architecture, or a script without #! line)", failure),
            _ => new(failure.Stage, NotExecutable, $"exec: \"{name}\": {call.Message}", failure),
        };
    }
}
