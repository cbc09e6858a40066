using System.Text;
using ContainerKit.Oci;
using ContainerKit.Tests.Storage;

namespace ContainerKit.Tests.Images;

/// <summary>Archives of images that contradict themselves, or try to read or write elsewhere.</summary>
internal static class HostileImages
{
    private static readonly byte[] Layer = ImageFixture.Layer("a", "content");
    private static readonly byte[] Configuration = ImageFixture.Configuration(Layer).ToUtf8Json();

    public static IEnumerable<HostileArchive> All => [.. Layouts, .. DockerArchives.Select(archive => archive with { Name = "docker archive with " + archive.Name })];

    private static HostileArchive Of(string name, bool refused, Func<string, TarBuilder> build) => new(name, refused, IsRootFs: false, outside => build(outside).ToArray());

    private static TarBuilder Tar() => new();

    private static TarBuilder Add(this TarBuilder tar, string name, byte[] content) => tar.Entry('0', name, content: content);

    private static TarBuilder AddBlob(this TarBuilder tar, byte[] content) => tar.Add(OciLayout.BlobPath(Digest.Compute(content)), content);

    private static byte[] Index(params Descriptor[] entries) => new ImageIndex { Manifests = entries }.ToUtf8Json();

    private static Descriptor Describe(string mediaType, byte[] content) => Descriptor.ForContent(mediaType, content);

    /// <summary>A layout of one image, with what is given in place of its parts.</summary>
    private static TarBuilder Layout(byte[]? configuration = null, byte[]? layer = null, Func<ImageManifest, ImageManifest>? change = null, Func<Descriptor, Descriptor>? entry = null)
    {
        var manifest = new ImageManifest { Config = Describe(MediaTypes.OciConfig, Configuration), Layers = [Describe(MediaTypes.OciLayer, Layer)] };
        byte[] json = (change?.Invoke(manifest) ?? manifest).ToUtf8Json();
        Descriptor described = Describe(MediaTypes.OciManifest, json);
        return Tar()
            .Add(OciLayout.FileName, new OciLayout { Version = OciLayout.CurrentVersion }.ToUtf8Json())
            .Add(OciLayout.IndexFileName, Index(entry?.Invoke(described) ?? described))
            .AddBlob(json)
            .Add(OciLayout.BlobPath(Digest.Compute(Configuration)), configuration ?? Configuration)
            .Add(OciLayout.BlobPath(Digest.Compute(Layer)), layer ?? Layer);
    }

    private static HostileArchive[] Layouts =>
    [
        Of("a whole layout", false, _ => Layout()),
        Of("a layer with other content", true, _ => Layout(layer: ImageFixture.Layer("b"))),
        Of("a layer that is cut off", true, _ => Layout(layer: Layer[..512])),
        Of("a layer that goes on", true, _ => Layout(layer: [.. Layer, .. new byte[512]])),
        Of("a configuration with other content", true, _ => Layout(configuration: [.. Configuration, (byte)' '])),
        Of("a manifest with a wrong size for the layer", true, _ => Layout(change: manifest => manifest with { Layers = [manifest.Layers[0] with { Size = 1 }] })),
        Of("a manifest with a wrong size for the configuration", true, _ => Layout(change: manifest => manifest with { Config = manifest.Config with { Size = 1 } })),
        Of("a manifest with an enormous layer", true, _ => Layout(change: manifest => manifest with { Layers = [manifest.Layers[0] with { Size = long.MaxValue }] })),
        Of("an index with a wrong size", true, _ => Layout(entry: entry => entry with { Size = entry.Size + 1 })),
        Of("an index with an entry that is missing", true, _ => Layout(entry: entry => entry with { Digest = Digest.Compute("missing"u8) })),
        Of("more layers than diff ids", true, _ => Layout(change: manifest => manifest with { Layers = [manifest.Layers[0], manifest.Layers[0]] })),
        Of("no layers but a diff id", true, _ => Layout(change: manifest => manifest with { Layers = [] })),
        Of("a diff id of another layer", true, _ => Image(ImageFixture.Configuration(ImageFixture.Layer("b")).ToUtf8Json(), Layer)),
        Of("a layer that leads out", true, _ => Image(null, Tar().File("../../outside/evil", "evil").ToArray())),
        Of("a layer of an unknown kind", true, _ => Layout(change: manifest => manifest with { Layers = [manifest.Layers[0] with { MediaType = "application/x-evil" }] })),
        Of("a manifest that is a configuration", true, _ => Layout(entry: _ => Describe(MediaTypes.OciManifest, Configuration))),
        Of("a configuration that is a layer", true, _ => Layout(change: manifest => manifest with { Config = Describe(MediaTypes.OciConfig, Layer) })),
        Of("an index that has itself", true, _ => Layout(entry: entry => entry with { MediaType = MediaTypes.OciIndex })),
        Of("ten indexes in each other", true, _ => Nested(10)),
        Of("JSON without end", true, _ => Tar().Add(OciLayout.IndexFileName, Encoding.ASCII.GetBytes(new string('[', 100_000)))),
        Of("an index of five megabytes", true, _ => Tar().Add(OciLayout.IndexFileName, Encoding.ASCII.GetBytes(new string(' ', 5 << 20)))),
        Of("an index that is no JSON", true, _ => Tar().Add(OciLayout.IndexFileName, "garbage"u8.ToArray())),
        Of("a digest that leads out", true, _ => Tar().Add(OciLayout.IndexFileName, Encoding.ASCII.GetBytes(
            """{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:../../../../outside/victim","size":9}]}"""))),
        Of("a layout of another version", true, _ => Tar().Add(OciLayout.FileName, """{"imageLayoutVersion":"9.0.0"}"""u8.ToArray()).Add(OciLayout.IndexFileName, Index())),
        Of("an index that is a link to outside", true, outside => Tar().SymbolicLink(OciLayout.IndexFileName, outside + "/victim")),
        Of("an index that is a hard link to outside", true, outside => Tar().HardLink(OciLayout.IndexFileName, outside + "/victim")),
        Of("files beside the layout that lead out", true, _ => Layout().File("../../outside/evil", "evil")),
        Of("files beside the layout with absolute names", false, outside => Layout().File(outside + "/evil", "evil")),
        Of("an image for another system", true, _ => Image((ImageFixture.Configuration(Layer) with { Os = "windows" }).ToUtf8Json(), Layer)),
        Of("a name that leads out", false, _ => Layout(entry: entry => entry with { Annotations = new Dictionary<string, string> { [AnnotationNames.ContainerdImageName] = "../../outside" } })),
    ];

    private static HostileArchive[] DockerArchives =>
    [
        Of("a whole archive", false, _ => Docker("config.json", "app:1", "layer.tar").Add("config.json", Configuration).Add("layer.tar", Layer)),
        Of("a configuration outside", true, outside => Docker(outside + "/victim", "app:1", "layer.tar").Add("layer.tar", Layer)),
        Of("a configuration up", true, _ => Docker("../../outside/victim", "app:1", "layer.tar").Add("layer.tar", Layer)),
        Of("a layer outside", true, outside => Docker("config.json", "app:1", outside + "/victim").Add("config.json", Configuration)),
        Of("a layer that is a link to outside", true, _ => Docker("config.json", "app:1", "layer.tar").Add("config.json", Configuration).SymbolicLink("layer.tar", "../../../outside/victim")),
        Of("a layer that is a link to itself", true, _ => Docker("config.json", "app:1", "layer.tar").Add("config.json", Configuration).SymbolicLink("layer.tar", "layer.tar")),
        Of("a layer that is sparse", true, _ => Docker("config.json", "app:1", "layer.tar").Add("config.json", Configuration)
            .Pax(("GNU.sparse.map", "0,512"), ("GNU.sparse.size", "99999999999999")).Add("layer.tar", new byte[512])),
        Of("a layer with other content", true, _ => Docker("config.json", "app:1", "layer.tar").Add("config.json", Configuration).Add("layer.tar", ImageFixture.Layer("b"))),
        Of("a layer more than diff ids", true, _ => Docker("config.json", "app:1", "layer.tar", "layer.tar").Add("config.json", Configuration).Add("layer.tar", Layer)),
        Of("a tag that is a path", true, _ => Docker("config.json", "../../outside", "layer.tar").Add("config.json", Configuration).Add("layer.tar", Layer)),
        Of("a list without an image", true, _ => Tar().Add("manifest.json", "null"u8.ToArray())),
        Of("neither of the two", true, _ => Tar().File("etc/passwd", "x")),
        Of("more files than an archive of images has", true, _ => Enumerable.Range(0, 100_001).Aggregate(Tar(), (tar, i) => tar.File("f"))),
    ];

    private static TarBuilder Image(byte[]? configuration, byte[] layer)
    {
        configuration ??= ImageFixture.Configuration(layer).ToUtf8Json();
        byte[] manifest = new ImageManifest { Config = Describe(MediaTypes.OciConfig, configuration), Layers = [Describe(MediaTypes.OciLayer, layer)] }.ToUtf8Json();
        return Tar().Add(OciLayout.IndexFileName, Index(Describe(MediaTypes.OciManifest, manifest))).AddBlob(manifest).AddBlob(configuration).AddBlob(layer);
    }

    private static TarBuilder Nested(int depth)
    {
        byte[] manifest = new ImageManifest { Config = Describe(MediaTypes.OciConfig, Configuration), Layers = [Describe(MediaTypes.OciLayer, Layer)] }.ToUtf8Json();
        TarBuilder tar = Tar().AddBlob(manifest).AddBlob(Configuration).AddBlob(Layer);
        Descriptor inner = Describe(MediaTypes.OciManifest, manifest) with { Platform = Platform.Current };
        for (int i = 0; i < depth; i++)
        {
            byte[] index = Index(inner);
            tar.AddBlob(index);
            inner = Describe(MediaTypes.OciIndex, index) with { Platform = Platform.Current };
        }
        return tar.Add(OciLayout.IndexFileName, Index(inner));
    }

    private static TarBuilder Docker(string configuration, string tag, params string[] layers)
    {
        string list = string.Join(',', layers.Select(layer => $"\"{layer}\""));
        return Tar().Add("manifest.json", Encoding.UTF8.GetBytes($$"""[{"Config":"{{configuration}}","RepoTags":["{{tag}}"],"Layers":[{{list}}]}]"""));
    }
}
