using System.Text;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Tar;
using ContainerKit.Storage.Unpacking;
using ContainerKit.TestSupport.Files;
using Xunit;

namespace ContainerKit.Tests.Storage;

/// <summary>Unpacks archives into a directory of a test.</summary>
internal sealed class LayerUnpackingFixture : IDisposable
{
    private readonly TemporaryDirectory _temp = new();

    public LayerUnpackingFixture()
    {
        Directory.CreateDirectory(_temp["layer"]);
        Directory.CreateDirectory(_temp["outside"]);
        File.WriteAllText(_temp["outside/victim"], "untouched");
    }

    public string Layer => _temp["layer"];

    public string Outside => _temp["outside"];

    public string this[string relative] => Path.Combine(Layer, relative);

    public LayerLimits Limits { get; set; } = new();

    public IFileOwnership Ownership { get; set; } = Environment.IsPrivilegedProcess ? new DirectOwnership() : new SquashedOwnership();

    public Task<UnpackedLayer> UnpackAsync(TarBuilder archive) => UnpackAsync(archive.ToArray());

    public async Task<UnpackedLayer> UnpackAsync(byte[] archive)
    {
        using var input = new TarInput(new MemoryStream(archive));
        return await LayerUnpacker.UnpackAsync(
            input, Layer, Ownership, OverlayAttributeNames.Default, Limits, TestContext.Current.CancellationToken);
    }

    public FileStatus? Status(string path)
    {
        using RootedDirectory root = RootedDirectory.Open(Layer);
        string directory = Path.GetDirectoryName(path) ?? "";
        using RootedDirectory parent = root.OpenDirectory(Encoding.Latin1.GetBytes(directory));
        return parent.TryGetStatus(Encoding.Latin1.GetBytes(Path.GetFileName(path)));
    }

    public byte[]? Attribute(string path, ReadOnlySpan<byte> attribute)
    {
        using RootedDirectory root = RootedDirectory.Open(Layer);
        using RootedDirectory parent = root.OpenDirectory(Encoding.Latin1.GetBytes(Path.GetDirectoryName(path) ?? ""));
        return parent.GetExtendedAttribute(Encoding.Latin1.GetBytes(Path.GetFileName(path)), attribute);
    }

    public bool IsOpaque(string path) => Attribute(path, OverlayAttributeNames.Default.Opaque()) is [(byte)'y'];

    public void AssertOutsideIsUntouched()
    {
        Assert.Equal(["victim"], Directory.GetFileSystemEntries(Outside).Select(Path.GetFileName));
        Assert.Equal("untouched", File.ReadAllText(Path.Combine(Outside, "victim")));
        Assert.Equal(2, Directory.GetFileSystemEntries(_temp.Path).Length);
    }

    public void Dispose() => _temp.Dispose();
}
