using System.Collections.Immutable;

namespace ContainerKit.Testing;

/// <summary>One container of a group.</summary>
internal sealed record GroupMember(ContainerSpec Spec, ContainerModule? Module, ImmutableArray<string> DependsOn);
