using ContainerKit.Benchmarks.Comparison;
using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Distribution;

/// <summary>Whoever keeps images, with a store of its own. Names are complete: registry, repository and tag. Calls never overlap.</summary>
internal interface IImagePeer : IComparedPeer
{
    /// <summary>Gets everything ready that is not to be measured.</summary>
    /// <returns>Null when ready, otherwise why it can't take part.</returns>
    Task<string?> TryPrepareAsync(Workspace workspace, CancellationToken cancellationToken);

    /// <summary>Fetches an image and unpacks it, so that a container can be made of it.</summary>
    Task PullAsync(string name, CancellationToken cancellationToken);

    /// <summary>Gives an image of the store another name.</summary>
    Task TagAsync(string name, string newName, CancellationToken cancellationToken);

    /// <summary>Sends an image to where its name says.</summary>
    Task PushAsync(string name, CancellationToken cancellationToken);

    /// <summary>Takes the image of an archive as <c>docker save</c> writes it, and unpacks it, so that a container can be made of it.</summary>
    Task LoadAsync(string archive, string name, CancellationToken cancellationToken);

    /// <summary>Makes the container that <see cref="CommitAsync"/> is about, with the files of a directory of this machine in it, at /data.</summary>
    Task CreateContainerAsync(string name, string hostDirectory, CancellationToken cancellationToken);

    /// <summary>Makes an image of the container.</summary>
    Task CommitAsync(string newName, CancellationToken cancellationToken);

    /// <summary>Removes an image, and what of it no other one needs.</summary>
    Task RemoveAsync(string name, CancellationToken cancellationToken);
}
