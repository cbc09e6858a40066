using System.Globalization;
using ContainerKit.Linux;
using ContainerKit.Linux.Cgroups;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Paths;
using ContainerKit.Runtime.Processes;
using ContainerKit.Storage.Ownership;

namespace ContainerKit.Runtime.Roots;

/// <summary>The files of containers on this machine.</summary>
/// <param name="cgroups">Where containers have their cgroups.</param>
/// <param name="ownership">The rights over files.</param>
/// <param name="isRootless">True: an ordinary user's engine.</param>
/// <param name="createSetting">Decides what a root's launch program needs to know; adds to the descriptors that are passed on.</param>
internal sealed class ContainerRoots(
    CgroupHost cgroups, IFileOwnership ownership, bool isRootless, Func<RuntimeSpec, DescriptorTable, LaunchSetting> createSetting) : IContainerRoots
{
    public OwnerView Owners => ownership.View;

    public bool CanMakeDevices => !isRootless;

    public async ValueTask<ContainerRoot> OpenRunningAsync(ProcessIdentity container, CancellationToken cancellationToken)
    {
        // The pidfd keeps the pid from being given to another process between the check and the open.
        using PidFd? process = PidFd.TryOpen(container.Pid);
        if (process is null || ProcessTable.Find(container.Pid) != container)
        {
            throw Ended(null);
        }

        try
        {
            return new ContainerRoot(await OpenRootAsync(container.Pid, cancellationToken).ConfigureAwait(false));
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ESRCH or Errno.EACCES)
        {
            // A zombie has no root any more, and whoever looks at it may not see that.
            throw Ended(e);
        }
    }

    public async ValueTask<ContainerRoot> MountAsync(RuntimeSpec spec, string workDirectory, CancellationToken cancellationToken)
    {
        // A work directory of its own: that of a container that need not be durable refuses a second mount (overlayfs, volatile).
        await RemoveWorkAsync(workDirectory).ConfigureAwait(false);
        Directory.CreateDirectory(workDirectory);
        HeldProcess? holder = null;
        try
        {
            DescriptorTable descriptors = new();
            RuntimeSpec mounted = spec with { Root = spec.Root with { Work = workDirectory, Volatile = false } };
            LaunchSetting setting = createSetting(mounted, descriptors) with { InheritedCount = descriptors.Count };
            holder = await HeldProcess.StartAsync(RootProgram.Build(mounted, setting), new LaunchDescriptors { Inherited = descriptors.Handles }).ConfigureAwait(false);
            HeldProcess held = holder;
            return new ContainerRoot(await OpenRootAsync(held.Pid, cancellationToken).ConfigureAwait(false), ReleaseAsync);

            async ValueTask ReleaseAsync()
            {
                await held.DisposeAsync().ConfigureAwait(false);
                await RemoveWorkAsync(workDirectory).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            if (holder is not null)
            {
                await holder.DisposeAsync().ConfigureAwait(false);
            }

            await RemoveWorkAsync(workDirectory).ConfigureAwait(false);
            if (e is LaunchException failure)
            {
                throw StartFailure.From(failure, isRootless);
            }

            throw;
        }
    }

    public ValueTask<RootedDirectory> OpenAsync(string path, CancellationToken cancellationToken) => ownership.OpenAsync(path, cancellationToken);

    public async ValueTask<IDisposable?> FreezeAsync(string containerId, CancellationToken cancellationToken)
    {
        if (!cgroups.IsAvailable || cgroups.Open(containerId) is not { } cgroup)
        {
            return null;
        }

        var frozen = new FrozenCgroup(cgroup);
        try
        {
            await cgroup.FreezeAsync(cancellationToken).ConfigureAwait(false);
            return frozen;
        }
        catch (CgroupUnavailableException)
        {
            cgroup.Dispose();
            return null;
        }
        catch
        {
            frozen.Dispose();
            throw;
        }
    }

    private async ValueTask<RootedDirectory> OpenRootAsync(int pid, CancellationToken cancellationToken)
        => await OpenAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/root"), cancellationToken).ConfigureAwait(false);

    private ValueTask RemoveWorkAsync(string path) => OwnedTreeRemover.RemoveAsync(path, ownership, CancellationToken.None);

    private static InvalidStateException Ended(Exception? inner)
        => new("The container has ended in this moment. Ask again: the files of a container that does not run can be reached as well.", inner);

    /// <summary>Thaws, at the latest with this process: a frozen cgroup outlives it, and recovery kills what is in it.</summary>
    private sealed class FrozenCgroup(Cgroup cgroup) : IDisposable
    {
        public void Dispose()
        {
            using (cgroup)
            {
                try
                {
                    cgroup.Thaw();
                }
                catch (LinuxException e) when (e.Errno is Errno.ENODEV or Errno.ENOENT)
                {
                    // The container has ended meanwhile.
                }
            }
        }
    }
}
