using Xunit;

namespace ContainerKit.Oci.Tests.References;

public sealed class ImageReferenceTests
{
    private const string Hash = "3fc9b689459d738f8c88a3a48aa9e33542016b7a4052e001aaa536fca74813cb";

    public static TheoryData<string, string, string, string?, string> Good => new()
    {
        { "ubuntu", "docker.io", "library/ubuntu", "latest", "ubuntu:latest" },
        { "ubuntu:24.04", "docker.io", "library/ubuntu", "24.04", "ubuntu:24.04" },
        { "library/ubuntu", "docker.io", "library/ubuntu", "latest", "ubuntu:latest" },
        { "docker.io/ubuntu", "docker.io", "library/ubuntu", "latest", "ubuntu:latest" },
        { "docker.io/library/ubuntu:latest", "docker.io", "library/ubuntu", "latest", "ubuntu:latest" },
        { "index.docker.io/ubuntu", "docker.io", "library/ubuntu", "latest", "ubuntu:latest" },
        { "index.docker.io/foo/bar", "docker.io", "foo/bar", "latest", "foo/bar:latest" },
        { "foo/bar", "docker.io", "foo/bar", "latest", "foo/bar:latest" },
        { "foo/bar/baz:1", "docker.io", "foo/bar/baz", "1", "foo/bar/baz:1" },
        { "library/foo/bar", "docker.io", "library/foo/bar", "latest", "library/foo/bar:latest" },
        { "quay.io/foo/bar:v1.2_3-x", "quay.io", "foo/bar", "v1.2_3-x", "quay.io/foo/bar:v1.2_3-x" },
        { "quay.io/ubuntu", "quay.io", "ubuntu", "latest", "quay.io/ubuntu:latest" },
        { "localhost/foo", "localhost", "foo", "latest", "localhost/foo:latest" },
        { "localhost:5000/foo", "localhost:5000", "foo", "latest", "localhost:5000/foo:latest" },
        { "localhost:5000/foo:7", "localhost:5000", "foo", "7", "localhost:5000/foo:7" },
        { "localhost:5000", "docker.io", "library/localhost", "5000", "localhost:5000" },
        { "myhost:5000/foo/bar:x", "myhost:5000", "foo/bar", "x", "myhost:5000/foo/bar:x" },
        { "127.0.0.1:5000/a", "127.0.0.1:5000", "a", "latest", "127.0.0.1:5000/a:latest" },
        { "[::1]:5000/a", "[::1]:5000", "a", "latest", "[::1]:5000/a:latest" },
        { "[2001:db8::1]/a/b:1", "[2001:db8::1]", "a/b", "1", "[2001:db8::1]/a/b:1" },
        { "Registry/foo", "Registry", "foo", "latest", "Registry/foo:latest" },
        { "xn--n3h.com/my_app", "xn--n3h.com", "my_app", "latest", "xn--n3h.com/my_app:latest" },
        { "a__b/c---d.e:_T", "docker.io", "a__b/c---d.e", "_T", "a__b/c---d.e:_T" },
        { $"ubuntu@sha256:{Hash}", "docker.io", "library/ubuntu", null, $"ubuntu@sha256:{Hash}" },
        { $"ubuntu:1@sha256:{Hash}", "docker.io", "library/ubuntu", "1", $"ubuntu:1@sha256:{Hash}" },
        { $"localhost:5000/a@sha512:{Hash}{Hash}", "localhost:5000", "a", null, $"localhost:5000/a@sha512:{Hash}{Hash}" },
        { $"library/{Hash}", "docker.io", $"library/{Hash}", "latest", $"library/{Hash}:latest" },
        { $"{Hash}:tag", "docker.io", $"library/{Hash}", "tag", $"library/{Hash}:tag" },
        { Hash[..63], "docker.io", $"library/{Hash[..63]}", "latest", $"{Hash[..63]}:latest" },
        { $"sha256:{Hash}", "docker.io", "library/sha256", Hash, $"sha256:{Hash}" },
        { "docker.io/a.b/c", "docker.io", "a.b/c", "latest", "docker.io/a.b/c:latest" },
        { "docker.io/localhost/c", "docker.io", "localhost/c", "latest", "docker.io/localhost/c:latest" },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void Reference_gets_the_defaults_of_docker(string text, string registry, string repository, string? tag, string familiar)
    {
        ImageReference reference = ImageReference.Parse(text);

        Assert.Equal(registry, reference.Registry);
        Assert.Equal(repository, reference.Repository);
        Assert.Equal(tag, reference.Tag);
        Assert.Equal(familiar, reference.FamiliarString);
        Assert.Equal($"{registry}/{repository}", reference.Name);
    }

    [Theory]
    [MemberData(nameof(Good))]
    public void Canonical_and_familiar_form_mean_the_same_image(string text, string registry, string repository, string? tag, string familiar)
    {
        ImageReference reference = ImageReference.Parse(text);

        Assert.Equal(reference, ImageReference.Parse(reference.ToString()));
        Assert.Equal(reference, ImageReference.Parse(familiar));
        Assert.StartsWith($"{registry}/{repository}", reference.ToString(), StringComparison.Ordinal);
        Assert.True(tag is null || reference.ToString().Contains(":" + tag, StringComparison.Ordinal));
    }

    public static TheoryData<string, string> Bad => new()
    {
        { "", "is empty" },
        { " ubuntu", "may only have" },
        { "ubuntu ", "may only have" },
        { "Ubuntu", "must be lower case" },
        { "foo/Bar", "must be lower case" },
        { "Foo/Bar", "must be lower case" },
        { "quay.io/Foo", "must be lower case" },
        { "ubuntu:", "a tag has 1 to 128 characters" },
        { "ubuntu:" + new string('a', 129), "a tag has 1 to 128 characters" },
        { "ubuntu:-x", "the tag \"-x\"" },
        { "ubuntu:.x", "the tag \".x\"" },
        { "ubuntu:a b", "the tag \"a b\"" },
        { "ubuntu:ä", "the tag \"ä\"" },
        { "ubuntu:a\n", "the tag \"a\n\"" },
        { "a:b:c", "may only have" },
        { "aa/asdf$$^/aa", "may only have" },
        { "/ubuntu", "may only have" },
        { "ubuntu/", "may only have" },
        { "foo//bar", "may only have" },
        { "-foo/bar", "may only have" },
        { "foo-/bar", "may only have" },
        { "foo/bar-", "may only have" },
        { "foo..bar", "may only have" },
        { "foo___bar", "may only have" },
        { "foo_-bar", "may only have" },
        { "foo.-bar", "may only have" },
        { "../foo", "neither a host name nor an address" },
        { "quay.io/../foo", "may only have" },
        { ".foo/bar", "neither a host name nor an address" },
        { "foo./bar", "neither a host name nor an address" },
        { "a..b/c", "neither a host name nor an address" },
        { "-a.b/c", "neither a host name nor an address" },
        { "a_b.c/d", "neither a host name nor an address" },
        { "quay.io:/foo", "bad port" },
        { "quay.io:x/foo", "bad port" },
        { "quay.io:99999/foo", "bad port" },
        { "[::1/foo", "neither a host name nor an address" },
        { "[fe80::1%eth0]/foo", "neither a host name nor an address" },
        { "[127.0.0.1]/foo", "neither a host name nor an address" },
        { "[]:5000/foo", "neither a host name nor an address" },
        { "https://quay.io/foo", "bad port" },
        { "quay.io/", "may only have" },
        { "docker.io/", "may only have" },
        { Hash, "an image id" },
        { "ubuntu@", "is no digest" },
        { "ubuntu@sha256:abc", "is no digest" },
        { "ubuntu@sha256:" + Hash.ToUpperInvariant(), "is no digest" },
        { "ubuntu@md5:d41d8cd98f00b204e9800998ecf8427e", "is no digest" },
        { $"ubuntu@sha256:{Hash}@sha256:{Hash}", "is no digest" },
        { $"@sha256:{Hash}", "may only have" },
        { new string('a', 256), "longer than 255" },
        { new string('a', 2000), "longer than 1024" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Broken_reference_is_refused_with_the_reason(string text, string reason)
    {
        Assert.False(ImageReference.TryParse(text, out ImageReference? reference));
        Assert.Null(reference);
        OciFormatException e = Assert.Throws<OciFormatException>(() => ImageReference.Parse(text));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Equal("image reference", e.What);
        Assert.True(e.Message.Length < 1000);
    }

    [Fact]
    public void Null_is_no_reference() => Assert.False(ImageReference.TryParse(null, out _));

    [Fact]
    public void Longest_tag_and_name_are_accepted()
    {
        string name = "library/" + new string('a', 247);
        ImageReference reference = ImageReference.Parse($"{name}:{new string('T', 128)}");
        Assert.Equal(255, reference.Repository.Length);
        Assert.Equal(128, reference.Tag!.Length);
    }

    [Fact]
    public void Tag_and_digest_can_be_exchanged()
    {
        Digest digest = Digest.Parse("sha256:" + Hash);
        ImageReference reference = ImageReference.Parse("foo/bar:1");

        Assert.Equal("docker.io/foo/bar:2", reference.WithTag("2").ToString());
        Assert.Equal($"docker.io/foo/bar:1@{digest}", reference.WithDigest(digest).ToString());
        Assert.Equal("docker.io/foo/bar:2", reference.WithDigest(digest).WithTag("2").ToString());
        Assert.Throws<OciFormatException>(() => reference.WithTag("a/b"));
        Assert.Throws<ArgumentException>(() => reference.WithDigest(default));
    }
}
