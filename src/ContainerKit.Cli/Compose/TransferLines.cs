using ContainerKit.Oci;

namespace ContainerKit.Cli.Compose;

/// <summary>A line for every stage of a layer.</summary>
internal sealed class TransferLines(TextWriter output, bool isPush) : IProgress<ImageTransferProgress>
{
    private const int ShortIdLength = 12;

    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, ImageTransferStage> _stages = [];

    public void Report(ImageTransferProgress value)
    {
        lock (_gate)
        {
            if (_stages.TryGetValue(value.Layer, out ImageTransferStage known) && known == value.Stage)
                return;
            _stages[value.Layer] = value.Stage;
            output.WriteLine($"{value.Layer.Hex[..ShortIdLength]}: {Describe(value.Stage)}");
        }
    }

    private string Describe(ImageTransferStage stage) => stage switch
    {
        ImageTransferStage.Waiting => isPush ? "Preparing" : "Pulling fs layer",
        ImageTransferStage.Downloading => "Downloading",
        ImageTransferStage.Unpacking => "Extracting",
        ImageTransferStage.Uploading => "Pushing",
        ImageTransferStage.Existing => isPush ? "Layer already exists" : "Already exists",
        ImageTransferStage.Mounted => "Mounted from another repository",
        _ => isPush ? "Pushed" : "Pull complete",
    };
}
