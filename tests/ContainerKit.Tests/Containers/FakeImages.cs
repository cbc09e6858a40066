using ContainerKit.Containers;
using ContainerKit.Images;

namespace ContainerKit.Tests.Containers;

internal sealed class FakeImages : IContainerImages
{
    internal ContainerImage Image { get; set; } = new()
    {
        Id = "sha256:0123",
        LayerDirectories = ["/layers/top", "/layers/base"],
        Command = ["/bin/sh"],
    };

    public Task<Image> CommitAsync(ImageCommit commit, CancellationToken cancellationToken) => throw new NotSupportedException("These images are never written.");

    public ValueTask LeaseAsync(ContainerImage image, string containerDirectory, bool durable, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask ReleaseAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<ContainerImage> ResolveAsync(string reference, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return reference == "missing" ? throw new NotFoundException($"There is no image '{reference}'.") : new(Image);
    }
}
