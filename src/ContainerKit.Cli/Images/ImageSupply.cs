using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Session;
using ContainerKit.Oci;

namespace ContainerKit.Cli.Images;

/// <summary>Images that a command needs, and how they come.</summary>
internal static class ImageSupply
{
    /// <summary>Pulls the image of a container as <c>--pull</c> says.</summary>
    public static async Task RequireAsync(ContainerEngine engine, CommandInvocation invocation, string name, CommandConsole console, CancellationToken cancellationToken)
    {
        string policy = invocation.Value("pull") ?? "missing";
        if (policy is not ("always" or "missing" or "never"))
            throw invocation.Invalid("pull", policy, "always, missing or never is wanted");
        if (policy != "always" && await engine.Images.FindAsync(name, cancellationToken).ConfigureAwait(false) is not null)
            return;
        if (policy == "never")
            throw new UsageException($"No such image: {name}") { Command = invocation.Command };
        if (policy == "missing")
            await console.Error.WriteLineAsync($"Unable to find image '{name}' locally").ConfigureAwait(false);
        await PullAsync(engine, name, Platform(invocation), invocation.IsSet("quiet") ? TextWriter.Null : console.Error, cancellationToken).ConfigureAwait(false);
    }

    public static async Task<Image> PullAsync(ContainerEngine engine, string name, Platform? platform, TextWriter progress, CancellationToken cancellationToken)
        => await engine.Images.PullAsync(name, new ImagePullOptions { Platform = platform, Progress = new TransferLines(progress, isPush: false) }, cancellationToken).ConfigureAwait(false);

    public static Platform? Platform(CommandInvocation invocation) => invocation.Value("platform") is string platform ? Oci.Platform.Parse(platform) : null;
}
