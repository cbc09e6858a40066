using ContainerKit.Images;

namespace ContainerKit.Tests.Images;

/// <summary>Containers that are only said to be there.</summary>
internal sealed class FakeUsers(params ImageUser[] users) : IImageUsers
{
    public ValueTask<IReadOnlyList<ImageUser>> ListAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<ImageUser>>(users);
}
