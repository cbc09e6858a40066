using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;
using Xunit;

namespace ContainerKit.Tests.Storage.Packing;

public sealed class EntryPipeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Entries_and_their_content_arrive_in_order()
    {
        var random = new Random(1);
        List<(TarEntry Entry, byte[][]? Pieces)> sent = [];
        for (int i = 0; i < 500; i++)
        {
            byte[][]? pieces = random.Next(3) == 0 ? null : [.. Enumerable.Range(0, random.Next(6)).Select(_ => Bytes(random))];
            sent.Add((Entry(i, pieces?.Sum(piece => piece.Length) ?? 0), pieces));
        }
        var receiver = new Recording();
        await EntryPipe.RunAsync(
            async (pipe, token) =>
            {
                foreach ((TarEntry entry, byte[][]? pieces) in sent)
                {
                    await pipe.AddAsync(entry, pieces is null ? null : new Pieces(pieces), token);
                }
            },
            receiver,
            Token);

        Assert.Equal(sent.Select(pair => pair.Entry), receiver.Entries.Select(pair => pair.Entry));
        Assert.All(sent.Zip(receiver.Entries), pair => Assert.Equal(pair.First.Pieces?.SelectMany(piece => piece) ?? [], pair.Second.Content));
    }

    [Fact]
    public async Task What_a_receiver_does_not_read_is_passed_over()
    {
        var receiver = new Recording { Reads = 1 };
        await EntryPipe.RunAsync(
            async (pipe, token) =>
            {
                for (int i = 0; i < 200; i++)
                {
                    await pipe.AddAsync(Entry(i, 6), new Pieces([[1, 2], [3, 4], [5, 6]]), token);
                }
            },
            receiver,
            Token);
        Assert.Equal(200, receiver.Entries.Count);
        Assert.All(receiver.Entries, entry => Assert.Equal([1, 2], entry.Content));
    }

    [Fact]
    public async Task Failure_of_the_receiver_stops_the_reader()
    {
        var receiver = new Recording { Fails = 3 };
        InvalidContentException failure = await Assert.ThrowsAsync<InvalidContentException>(() => EntryPipe.RunAsync(
            async (pipe, token) =>
            {
                for (int i = 0; ; i++)
                {
                    await pipe.AddAsync(Entry(i, 0), null, token);
                }
            },
            receiver,
            Token));
        Assert.Equal("refused", failure.Message);
        Assert.Equal(3, receiver.Entries.Count);
    }

    [Fact]
    public async Task Failure_of_the_reader_is_what_the_caller_gets()
    {
        var receiver = new Recording();
        await Assert.ThrowsAsync<ConflictException>(() => EntryPipe.RunAsync(
            async (pipe, token) =>
            {
                await pipe.AddAsync(Entry(0, 2), new Pieces([[1, 2]]), token);
                throw new ConflictException("gone");
            },
            receiver,
            Token));
        Assert.InRange(receiver.Entries.Count, 0, 1);
    }

    [Fact]
    public async Task Cancellation_ends_both()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var receiver = new Recording();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => EntryPipe.RunAsync(
            async (pipe, token) =>
            {
                for (int i = 0; ; i++)
                {
                    await pipe.AddAsync(Entry(i, 0), null, token);
                    if (i == 10)
                    {
                        await cancellation.CancelAsync();
                    }
                }
            },
            receiver,
            cancellation.Token));
    }

    private static byte[] Bytes(Random random)
    {
        byte[] bytes = new byte[1 + random.Next(10_000)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static TarEntry Entry(int number, long size) => new()
    {
        Type = TarEntryType.RegularFile,
        Name = [(byte)'f', (byte)number, (byte)(number >> 8)],
        LinkName = [],
        Mode = 0x1A4,
        UserId = 0,
        GroupId = 0,
        Size = size,
        ModifiedTime = default,
    };

    private sealed class Pieces(byte[][] pieces) : ITarContent
    {
        private int _next;
        private long _offset;

        public ValueTask<TarData?> ReadDataAsync(CancellationToken cancellationToken)
        {
            if (_next == pieces.Length)
            {
                return new ValueTask<TarData?>((TarData?)null);
            }
            byte[] piece = pieces[_next++];
            var data = new TarData(_offset, piece);
            _offset += piece.Length;
            return new ValueTask<TarData?>(data);
        }
    }

    private sealed class Recording : ITarReceiver
    {
        public List<(TarEntry Entry, byte[] Content)> Entries { get; } = [];

        public int Reads { get; init; } = int.MaxValue;

        public int Fails { get; init; } = int.MaxValue;

        public async ValueTask AddAsync(TarEntry entry, ITarContent? content, CancellationToken cancellationToken)
        {
            if (Entries.Count == Fails)
            {
                throw new InvalidContentException("refused");
            }
            using var bytes = new MemoryStream();
            for (int i = 0; content is not null && i < Reads && await content.ReadDataAsync(cancellationToken) is { } data; i++)
            {
                Assert.Equal(bytes.Length, data.Offset);
                bytes.Write(data.Content.Span);
            }
            Entries.Add((entry, bytes.ToArray()));
        }
    }
}
