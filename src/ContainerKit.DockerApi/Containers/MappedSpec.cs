namespace ContainerKit.DockerApi.Containers;

/// <summary>What a body of create means.</summary>
/// <param name="Spec">The container.</param>
/// <param name="Warnings">What the caller should know.</param>
/// <param name="VolumesToMake">Volumes with labels or driver options of their own, made before the container.</param>
internal sealed record MappedSpec(ContainerSpec Spec, IReadOnlyList<string> Warnings, IReadOnlyList<VolumeSpec> VolumesToMake);
