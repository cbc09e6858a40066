using ContainerKit.Networks;
using Xunit;

namespace ContainerKit.Tests.Networks;

public sealed class NetworkStoreTests : IDisposable
{
    private static readonly string s_id = new('a', 64);

    private readonly string _root = Directory.CreateTempSubdirectory("ck-networks-").FullName;
    private readonly NetworkStore _store;

    public NetworkStoreTests() => _store = new NetworkStore(_root, TimeProvider.System);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Networks_that_nobody_uses_need_no_recovery()
    {
        Assert.False(_store.MayHaveRemains());
        Create();
        Directory.CreateDirectory(_store.SessionDirectory);
        Assert.False(_store.MayHaveRemains());
    }

    [Fact]
    public void An_engine_or_an_address_or_a_removal_that_was_begun_is_a_remainder()
    {
        Create();
        string session = Path.Combine(_store.SessionDirectory, "0123");
        string lease = Path.Combine(_store.LeaseDirectoryOf(s_id), "10.0.0.2");
        foreach (string path in (string[])[session, lease])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
            Assert.True(_store.MayHaveRemains());
            File.Delete(path);
            Assert.False(_store.MayHaveRemains());
        }

        File.Delete(Path.Combine(_root, "networks", s_id + ".json"));
        Assert.True(_store.MayHaveRemains());
    }

    private void Create()
    {
        Directory.CreateDirectory(Path.Combine(_root, "networks"));
        _store.Write(new NetworkDocument { Id = s_id, Name = "test", Driver = NetworkSpec.BridgeDriver, CreatedAt = DateTimeOffset.UnixEpoch });
    }
}
