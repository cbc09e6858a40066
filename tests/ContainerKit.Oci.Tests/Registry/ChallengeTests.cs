using ContainerKit.Oci.Registry.Authentication;
using Xunit;

namespace ContainerKit.Oci.Tests.Registry;

public sealed class ChallengeTests
{
    [Theory]
    [InlineData("Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:a:pull,push\"",
        "Bearer realm=https://auth.docker.io/token service=registry.docker.io scope=repository:a:pull,push")]
    [InlineData("Basic realm=\"a \\\"b\\\" c\"", "Basic realm=a \"b\" c")]
    [InlineData("basic", "basic")]
    [InlineData("Negotiate, Basic realm=x", "Negotiate|Basic realm=x")]
    [InlineData("Bearer realm = \"x\" , service=\"y\"", "Bearer realm=x service=y")]
    [InlineData("Bearer realm=\"x\", Basic realm=\"y\", error=\"z\"", "Bearer realm=x|Basic realm=y error=z")]
    [InlineData("Bearer REALM=\"first\",realm=\"second\"", "Bearer REALM=first")]
    [InlineData("Bearer realm=\"open", "Bearer realm=open")]
    [InlineData("Bearer realm=\"x\\", "Bearer realm=x\\")]
    [InlineData("Bearer realm=", "Bearer realm=")]
    [InlineData("=,=,\"", "")]
    [InlineData("", "")]
    public void Challenges_are_read(string header, string expected)
        => Assert.Equal(expected, string.Join('|', AuthenticationChallenge.Parse([header])
            .Select(challenge => string.Join(' ', [challenge.Scheme, .. challenge.Parameters.Select(each => $"{each.Key}={each.Value}")]))));

    [Fact]
    public void Challenges_are_bounded()
    {
        Assert.Equal(8, AuthenticationChallenge.Parse([string.Join(", ", Enumerable.Repeat("Basic", 1000))]).Count);
        Assert.Empty(AuthenticationChallenge.Parse(["Basic realm=\"" + new string('x', 20_000) + "\""]));
        AuthenticationChallenge.Parse([new string('=', 10_000), new string('"', 10_000), new string('\\', 10_000)]);
    }
}
