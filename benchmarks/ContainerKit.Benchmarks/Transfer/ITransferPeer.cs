using ContainerKit.Benchmarks.Peers;

namespace ContainerKit.Benchmarks.Transfer;

/// <summary>A peer that copies files, keeps logs and measures. Containers that it starts for that are gone when it is disposed.</summary>
internal interface ITransferPeer : IPeer
{
    /// <summary>Copies what a directory of this machine holds into a new directory of the long-running container.</summary>
    Task CopyInAsync(string hostDirectory, string containerDirectory, CancellationToken cancellationToken);

    /// <summary>Copies what a directory of the long-running container holds into a directory of this machine that exists.</summary>
    Task CopyOutAsync(string containerDirectory, string hostDirectory, CancellationToken cancellationToken);

    /// <summary>Removes a directory of the long-running container; not measured.</summary>
    Task RemoveFilesAsync(string containerDirectory, CancellationToken cancellationToken);

    /// <summary>Asks for the long-running container's statistics, and ends when there is a first sample.</summary>
    Task SampleAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Runs a container that writes a file so many times to its output, which goes to its log; a follower reads the log from the beginning
    /// to the end meanwhile. Ends when both have ended, and removes the container.
    /// </summary>
    Task LogAsync(string hostFile, int times, CancellationToken cancellationToken);
}
