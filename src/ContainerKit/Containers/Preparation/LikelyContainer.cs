using ContainerKit.Networks;
using ContainerKit.Runtime;

namespace ContainerKit.Containers.Preparation;

/// <summary>A container that was started, and one like which may come again.</summary>
/// <param name="Image">Its image.</param>
/// <param name="UsesNetwork">True: it is in the default network.</param>
/// <param name="Describe">What the runtime would start: for an id, in a directory, with what it has of networks.</param>
internal sealed record LikelyContainer(ContainerImage Image, bool UsesNetwork, Func<string, string, NetworkState?, RuntimeSpec> Describe);
