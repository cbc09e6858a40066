using ContainerKit.Containers;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Images.Verification;
using ContainerKit.Oci;

namespace ContainerKit.Engine;

/// <summary>Verifies a whole data root: first the containers, whose leftovers may be what keeps content, then what images consist of.</summary>
internal static class EngineVerification
{
    internal static async Task<VerificationReport> RunAsync(
        ContainerContext context, ImageCollection images, VerificationOptions options, CancellationToken cancellationToken)
    {
        var findings = new Findings();
        await ContainerCheck.RunAsync(context, findings, cancellationToken).ConfigureAwait(false);
        if (options.Repair && findings.All.Count > 0)
            await ContainerCheck.RepairAsync(context, findings, cancellationToken).ConfigureAwait(false);
        await images.VerifyAsync(options, directory => FindLease(context, directory), findings, cancellationToken).ConfigureAwait(false);
        return findings.ToReport();
    }

    /// <summary>The layers of the image that a container was made of; null where its configuration does not say.</summary>
    private static List<Digest>? FindLease(ContainerContext context, string directory)
    {
        if (ContainerFiles.ReadConfig(directory) is not ContainerConfig config)
            return null;
        List<Digest> layers = [];
        foreach (string layer in config.Image.LayerDirectories)
        {
            string hex = Path.GetFileName(layer);
            if (Path.GetDirectoryName(Path.Combine(context.Paths.DataRoot, layer)) == Path.Combine(context.Paths.DataRoot, "layers")
                && Digest.TryParse($"{(hex.Length == 128 ? Digest.Sha512 : Digest.Sha256)}:{hex}", out Digest diffId))
                layers.Add(diffId);
        }

        return layers;
    }
}
