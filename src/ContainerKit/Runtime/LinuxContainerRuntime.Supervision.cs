using ContainerKit.Linux.Cgroups;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Launching;
using ContainerKit.Runtime.Devices;
using ContainerKit.Runtime.Processes;
using ContainerKit.Runtime.Supervision;

namespace ContainerKit.Runtime;

/// <content>Containers that outlive the engine: their parent is a supervisor, and the next engine adopts them by its record.</content>
internal sealed partial class LinuxContainerRuntime
{
    /// <summary>How often a supervisor that is just being started is looked at: ten seconds in all.</summary>
    private const int AdoptionAttempts = 1000;

    private static readonly TimeSpan s_adoptionPause = TimeSpan.FromMilliseconds(10);

    public async Task<IContainerProcess?> AdoptAsync(RuntimeSupervision supervision, CancellationToken cancellationToken)
    {
        string path = supervision.RecordPath;
        for (int attempt = 1; ; attempt++)
        {
            // In this order: what a supervisor that lives no more has written is complete.
            bool lives = SupervisionRecord.IsSupervised(path);
            if (SupervisionRecord.TryRead(path) is not { } record || (!lives && record.Exit is null))
            {
                return null;
            }

            ProcessIdentity unknown = new(record.ContainerPid, 0);
            if (!lives)
            {
                return new SupervisedProcess(unknown, path, null, null, null);
            }

            if (record.ContainerPid != 0 && PidFd.TryOpen(record.SupervisorPid) is { } supervisor)
            {
                PidFd? container = PidFd.TryOpen(record.ContainerPid);
                ProcessIdentity identity = ProcessTable.Find(record.ContainerPid) ?? unknown;

                // While the supervisor lives its number is its own; the container's is until it was waited for, which is recorded.
                if (SupervisionRecord.IsSupervised(path))
                {
                    if (SupervisionRecord.TryRead(path)?.Exit is not null)
                    {
                        container?.Dispose();
                        container = null;
                    }

                    return new SupervisedProcess(container is null ? unknown : identity, path, supervisor, container, null);
                }

                container?.Dispose();
                supervisor.Dispose();
            }

            if (attempt == AdoptionAttempts)
            {
                throw new IOException($"The supervisor of {path} did not begin in time.");
            }

            await Task.Delay(s_adoptionPause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IContainerProcess> StartSupervisedAsync(RuntimeSpec spec, RuntimeSupervision supervision, CancellationToken cancellationToken)
    {
        Cgroup? cgroup = CreateCgroup(spec.Id, spec.Limits, DeviceRestriction.Of(spec, IsRootless));
        try
        {
            using DescriptorTable descriptors = new();
            using SupervisedStreams streams = new(supervision);
            LaunchSetting setting = (await SettingsAsync(spec.UserNamespace).ConfigureAwait(false)).ForRun(spec, cgroup, descriptors) with
            {
                Root = _foreignViews?.Arrange(spec.Root),
                InheritedCount = descriptors.Count,
            };
            setting = setting with { Supervisor = streams.AddTo(descriptors, cgroup?.OutOfMemoryFile) };
            LaunchProgram program = RunProgram.Build(spec, setting);
            Log(spec.Id, program);
            LaunchDescriptors launch = new() { StandardOutput = streams.ChildOutput, StandardError = streams.ChildError, Inherited = descriptors.Handles };
            LaunchedProcess process = await ProcessLauncher.StartAsync(program, launch, AtCheckpoint(spec, cancellationToken), cancellationToken).ConfigureAwait(false);
            ProcessIdentity identity = ProcessTable.Find(process.Pid) ?? new ProcessIdentity(process.Pid, 0);
            return new SupervisedProcess(identity, supervision.RecordPath, process.Supervisor, process.Handle, cgroup);
        }
        catch (Exception e)
        {
            await RemoveAsync(cgroup).ConfigureAwait(false);
            if (e is LaunchException failure)
            {
                throw StartFailure.From(failure, IsRootless);
            }

            throw;
        }
    }
}
