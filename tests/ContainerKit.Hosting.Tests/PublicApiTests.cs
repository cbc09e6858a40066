using ContainerKit.TestSupport;
using Xunit;

namespace ContainerKit.Hosting.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void Public_api_is_the_approved_one() => PublicApiLock.Verify(typeof(ContainerKitOptions).Assembly);
}
