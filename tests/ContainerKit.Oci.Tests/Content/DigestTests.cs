using System.Text;
using Xunit;

namespace ContainerKit.Oci.Tests.Content;

public sealed class DigestTests
{
    private const string EmptySha256 = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string AbcSha256 = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    private const string AbcSha512 = "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

    [Fact]
    public void Known_contents_have_their_known_digests()
    {
        Assert.Equal(EmptySha256, Digest.Compute([]).ToString());
        Assert.Equal(AbcSha256, Digest.Compute("abc"u8).ToString());
        Assert.Equal(AbcSha512, Digest.Compute("abc"u8, Digest.Sha512).ToString());
        Assert.Throws<ArgumentException>(() => Digest.Compute("abc"u8, "md5"));
    }

    [Theory]
    [InlineData(AbcSha256, "sha256", 64)]
    [InlineData(AbcSha512, "sha512", 128)]
    public void Digest_is_taken_apart(string text, string algorithm, int digits)
    {
        Digest digest = Digest.Parse(text);

        Assert.Equal(algorithm, digest.Algorithm);
        Assert.Equal(digits, digest.Hex.Length);
        Assert.Equal(text, digest.ToString());
        Assert.Equal(text, $"{digest.Algorithm}:{digest.Hex}");
        Assert.True(Digest.TryParse(text, out Digest again));
        Assert.True(digest == again);
        Assert.Equal(digest.GetHashCode(), again.GetHashCode());
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("sha256")]
    [InlineData("sha256:")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a")]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015add")]
    [InlineData("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("sha256:../../../../../../../../../../../../../../../../../../etc/passwd")]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ag")]
    [InlineData("SHA256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("sha512:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("sha384:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData(" sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a\n")]
    public void Anything_else_is_refused(string text)
    {
        Assert.False(Digest.TryParse(text, out Digest digest));
        Assert.True(digest.IsEmpty);
        Assert.Throws<OciFormatException>(() => Digest.Parse(text));
    }

    [Fact]
    public void Default_value_is_no_digest()
    {
        Digest digest = default;

        Assert.True(digest.IsEmpty);
        Assert.Equal("", digest.ToString());
        Assert.Equal("", digest.Hex);
        Assert.Equal("", digest.Algorithm);
        Assert.NotEqual(Digest.Compute([]), digest);
        Assert.False(Digest.TryParse(null, out _));
    }

    [Fact]
    public void Hasher_gives_intermediate_digests()
    {
        using DigestHasher hasher = new();
        Assert.Equal(EmptySha256, hasher.GetCurrentDigest().ToString());
        hasher.Append("a"u8);
        hasher.Append("bc"u8);
        Assert.Equal(AbcSha256, hasher.GetCurrentDigest().ToString());
        Assert.Equal(3, hasher.Length);
        hasher.Append(Encoding.UTF8.GetBytes("d"));
        Assert.Equal(Digest.Compute("abcd"u8), hasher.GetCurrentDigest());
    }
}
