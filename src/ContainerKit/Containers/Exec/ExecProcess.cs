using ContainerKit.Runtime;

namespace ContainerKit.Containers.Exec;

/// <summary>A further command in a container.</summary>
internal sealed record ExecProcess(string Id, IContainerProcess Process);
