using ContainerKit.Runtime;

namespace ContainerKit.Containers;

/// <summary>A container that was started, and one like which may come again.</summary>
/// <param name="Image">Its image.</param>
/// <param name="Describe">What the runtime would start: for an id, in a directory.</param>
internal sealed record LikelyContainer(ContainerImage Image, Func<string, string, RuntimeSpec> Describe);
