using System.Security.Cryptography;
using Xunit;

namespace ContainerKit.Oci.Tests.Content;

public sealed class DigestStreamTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Digest.Sha256)]
    [InlineData(Digest.Sha512)]
    public async Task Good_content_passes_unchanged(string algorithm)
    {
        byte[] content = RandomNumberGenerator.GetBytes(300_000);
        Digest digest = Digest.Compute(content, algorithm);
        await using DigestStream stream = new(new MemoryStream(content), digest, content.Length);
        using MemoryStream copy = new();

        await stream.CopyToAsync(copy, Cancellation);

        Assert.Equal(content, copy.ToArray());
        Assert.True(stream.IsComplete);
        Assert.Equal(digest, stream.CurrentDigest);
        Assert.Equal(content.Length, stream.BytesRead);
    }

    [Fact]
    public void Synchronous_reading_verifies_too()
    {
        using DigestStream stream = new(new MemoryStream("abd"u8.ToArray()), Digest.Compute("abc"u8), 3);

        DigestMismatchException e = Assert.Throws<DigestMismatchException>(() => stream.CopyTo(Stream.Null));

        Assert.Equal(Digest.Compute("abc"u8).ToString(), e.Expected);
        Assert.Equal(Digest.Compute("abd"u8).ToString(), e.Actual);
    }

    [Fact]
    public async Task Content_that_is_too_long_fails_before_it_was_read_to_its_end()
    {
        await using DigestStream stream = new(new EndlessStream(), Digest.Compute("abc"u8), 3);

        await Assert.ThrowsAsync<DigestMismatchException>(() => stream.DrainAsync(Cancellation));
        await Assert.ThrowsAsync<DigestMismatchException>(() => stream.DrainAsync(Cancellation));
        Assert.False(stream.IsComplete);
    }

    [Fact]
    public async Task Content_that_was_cut_off_fails_at_its_end_and_stays_failed()
    {
        await using DigestStream stream = new(new MemoryStream("ab"u8.ToArray()), Digest.Compute("abc"u8), 3);

        DigestMismatchException e = await Assert.ThrowsAsync<DigestMismatchException>(() => stream.DrainAsync(Cancellation));

        Assert.Equal("3 bytes", e.Expected);
        Assert.Equal("2 bytes", e.Actual);
        Assert.Throws<DigestMismatchException>(() => stream.ReadByte());
    }

    [Fact]
    public async Task Consumer_that_stops_early_can_drain_the_rest()
    {
        await using DigestStream stream = new(new MemoryStream("abc"u8.ToArray()), Digest.Compute("abc"u8), expectedSize: null);
        Assert.Equal('a', stream.ReadByte());
        Assert.False(stream.IsComplete);

        await stream.DrainAsync(Cancellation);

        Assert.True(stream.IsComplete);
    }

    [Fact]
    public void An_empty_buffer_is_not_taken_for_the_end()
    {
        using DigestStream stream = new(new MemoryStream("abc"u8.ToArray()), Digest.Compute("abc"u8), 3);
        Assert.Equal(0, stream.Read([]));
        Assert.False(stream.IsComplete);
    }

    [Fact]
    public async Task Without_an_expectation_it_only_hashes()
    {
        await using DigestStream stream = new(new MemoryStream("abc"u8.ToArray()));
        await stream.DrainAsync(Cancellation);
        Assert.Equal(Digest.Compute("abc"u8), stream.CurrentDigest);
    }

    [Fact]
    public void Inner_stream_is_disposed_unless_told_otherwise()
    {
        MemoryStream inner = new();
        new DigestStream(inner, leaveOpen: true).Dispose();
        Assert.True(inner.CanRead);
        new DigestStream(inner).Dispose();
        Assert.False(inner.CanRead);
    }

    [Fact]
    public void Descriptor_gives_the_expectation()
    {
        Descriptor descriptor = Descriptor.ForContent(MediaTypes.OciLayer, "abc"u8);
        using DigestStream stream = DigestStream.ForDescriptor(new MemoryStream("abc"u8.ToArray()), descriptor);
        stream.CopyTo(Stream.Null);
        Assert.True(stream.IsComplete);
        Assert.Throws<ArgumentException>(() => new DigestStream(Stream.Null, default(Digest), 3));
    }

    private sealed class EndlessStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill(7);
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
