using ContainerKit.Oci;

namespace ContainerKit;

/// <summary>A step begins or ends.</summary>
/// <param name="Step">The step.</param>
/// <param name="State">How far it is.</param>
/// <param name="Layer">The diff id of the layer that it made or found in the cache; null for a step that changes no file, and before its end.</param>
public sealed record BuildStepEvent(BuildStep Step, BuildStepState State, Digest? Layer = null) : BuildEvent;
