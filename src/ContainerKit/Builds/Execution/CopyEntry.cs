using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Packing;

namespace ContainerKit.Builds.Execution;

/// <summary>Something that is copied.</summary>
/// <param name="Directory">Its directory, or for an empty <paramref name="Name"/> itself; valid while it is visited.</param>
/// <param name="Name">Its name there.</param>
/// <param name="Target">Where it goes, below the destination; empty for the destination itself.</param>
/// <param name="Status">Its attributes.</param>
internal readonly record struct CopyEntry(ITreeDirectory Directory, byte[] Name, byte[] Target, FileStatus Status);
