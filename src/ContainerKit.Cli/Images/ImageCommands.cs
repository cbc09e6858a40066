using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Oci;

namespace ContainerKit.Cli.Images;

/// <summary>Images.</summary>
internal static class ImageCommands
{
    private const string None = "<none>";

    private static readonly Listing<(Image Image, ImageReference? Name)> List = new(
        row => row.Image.ShortId,
        ("Repository", "REPOSITORY", row => row.Name?.FamiliarName ?? None),
        ("Tag", "TAG", row => row.Name?.Tag ?? None),
        ("ID", "IMAGE ID", row => row.Image.ShortId),
        ("CreatedSince", "CREATED", row => HumanText.Ago(row.Image.Created)),
        ("Size", "SIZE", row => HumanText.Size(row.Image.Size)))
    {
        Further = [("Digest", row => row.Image.RepositoryDigests.FirstOrDefault(digest => digest.Name == row.Name?.Name)?.Digest?.ToString() ?? None)],
    };

    private static readonly Listing<ImageHistoryEntry> History = new(
        step => step.ImageId?.ToString() ?? "<missing>",
        ("ID", "IMAGE", step => step.ImageId?.Hex[..12] ?? "<missing>"),
        ("CreatedSince", "CREATED", step => HumanText.Ago(step.Created)),
        ("CreatedBy", "CREATED BY", step => step.CreatedBy.Length > 45 ? $"{step.CreatedBy[..44]}…" : step.CreatedBy),
        ("Size", "SIZE", step => HumanText.Size(step.Size)),
        ("Comment", "COMMENT", step => step.Comment));

    public static IReadOnlyList<Command> Create(CommandConsole console) =>
    [
        new("images", "List images", "[REPOSITORY[:TAG]]")
        {
            MaximumArguments = 1,
            Options = [.. Listing<Image>.Options, FilterOption.Option],
            Handler = (invocation, token) => EngineSession.RunAsync(invocation, engine => ListAsync(engine, invocation, console, token), token),
        },
        new("pull", "Fetch an image from its registry", "NAME[:TAG|@DIGEST]")
        {
            MinimumArguments = 1,
            MaximumArguments = 1,
            Options = [new("platform", null, "string", "The platform of the image"), new("quiet", 'q', null, "The name only")],
            Handler = (invocation, token) => EngineSession.RunAsync(
                invocation,
                async engine =>
                {
                    await ImageSupply.PullAsync(engine, invocation.Arguments[0], ImageSupply.Platform(invocation), invocation.IsSet("quiet") ? TextWriter.Null : console.Error, token).ConfigureAwait(false);
                    await console.Output.WriteLineAsync(ImageReference.Parse(invocation.Arguments[0]).ToString()).ConfigureAwait(false);
                    return 0;
                },
                token),
        },
        new("push", "Send an image to its registry", "NAME[:TAG]")
        {
            MinimumArguments = 1,
            MaximumArguments = 1,
            Options = [new("quiet", 'q', null, "The result only")],
            Handler = (invocation, token) => EngineSession.RunAsync(
                invocation,
                async engine =>
                {
                    var options = new ImagePushOptions { Progress = new TransferLines(invocation.IsSet("quiet") ? TextWriter.Null : console.Error, isPush: true) };
                    ImageReference pushed = await engine.Images.PushAsync(invocation.Arguments[0], options, token).ConfigureAwait(false);
                    await console.Output.WriteLineAsync(pushed.ToString()).ConfigureAwait(false);
                    return 0;
                },
                token),
        },
        new("tag", "Give an image a further name", "IMAGE NAME[:TAG]")
        {
            MinimumArguments = 2,
            MaximumArguments = 2,
            Handler = (invocation, token) => EngineSession.RunAsync(
                invocation,
                async engine =>
                {
                    await engine.Images.TagAsync(invocation.Arguments[0], invocation.Arguments[1], token).ConfigureAwait(false);
                    return 0;
                },
                token),
        },
        new("rmi", "Remove images", "IMAGE [IMAGE...]")
        {
            MinimumArguments = 1,
            Options = [new("force", 'f', null, "Also when they have several names, or containers that don't run use them")],
            Handler = (invocation, token) => EngineSession.RunAsync(
                invocation,
                engine => EngineSession.EachAsync(console, invocation.Arguments, async name => Describe(await engine.Images.RemoveAsync(name, invocation.IsSet("force"), token).ConfigureAwait(false))),
                token),
        },
        new("history", "Show how an image came to be", "IMAGE")
        {
            MinimumArguments = 1,
            MaximumArguments = 1,
            Options = Listing<Image>.Options,
            Handler = (invocation, token) => EngineSession.RunAsync(
                invocation,
                async engine =>
                {
                    await History.WriteAsync(invocation, console.Output, await engine.Images.GetHistoryAsync(invocation.Arguments[0], token).ConfigureAwait(false)).ConfigureAwait(false);
                    return 0;
                },
                token),
        },
        new("save", "Write images as a tar archive", "IMAGE [IMAGE...]")
        {
            MinimumArguments = 1,
            Options = [new("output", 'o', "string", "The file (default: the output)")],
            Handler = (invocation, token) => EngineSession.RunAsync(
                invocation,
                async engine =>
                {
                    foreach (string name in invocation.Arguments)
                        await engine.Images.GetAsync(name, token).ConfigureAwait(false);
                    await OutputFile.WriteAsync(invocation, stream => engine.Images.SaveAsync(invocation.Arguments, stream, cancellationToken: token)).ConfigureAwait(false);
                    return 0;
                },
                token),
        },
        new("load", "Read images from a tar archive or an OCI layout")
        {
            MaximumArguments = 0,
            Options = [new("input", 'i', "string", "The file or directory (default: the input)"), new("quiet", 'q', null, "No progress")],
            Handler = (invocation, token) => EngineSession.RunAsync(invocation, engine => LoadAsync(engine, invocation, console, token), token),
        },
        new("import", "Make an image of a root file system", "FILE|- [NAME[:TAG]]")
        {
            MinimumArguments = 1,
            MaximumArguments = 2,
            Options = [new("change", 'c', "list", "An instruction of a Dockerfile"), new("message", 'm', "string", "A note"), new("platform", null, "string", "The platform of the files")],
            Handler = (invocation, token) => EngineSession.RunAsync(invocation, engine => ImportAsync(engine, invocation, console, token), token),
        },
    ];

    internal static string Describe(ImageRemovalReport report)
        => string.Join('\n', [.. report.Untagged.Select(name => $"Untagged: {name.FamiliarString}"), .. report.DeletedImages.Select(id => $"Deleted: {id}")]);

    private static async Task<int> ListAsync(ContainerEngine engine, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        FilterSet filters = FilterOption.Read(invocation);
        if (invocation.Arguments is [string name])
            filters = filters.With("reference", name);
        IReadOnlyList<Image> images = await engine.Images.ListAsync(filters, cancellationToken).ConfigureAwait(false);
        await List.WriteAsync(invocation, console.Output, [.. images.SelectMany(image => image.References.Cast<ImageReference?>().DefaultIfEmpty().Select(reference => (image, reference)))]).ConfigureAwait(false);
        return 0;
    }

    private static async Task<int> LoadAsync(ContainerEngine engine, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        IReadOnlyList<Image> images;
        if (invocation.Value("input") is string path)
        {
            images = await engine.Images.LoadAsync(path, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            Stream input = Console.OpenStandardInput();
            await using (input.ConfigureAwait(false))
                images = await engine.Images.LoadAsync(input, cancellationToken).ConfigureAwait(false);
        }

        foreach (Image image in images.DistinctBy(image => image.Id))
        {
            foreach (string line in image.References.Select(name => $"Loaded image: {name.FamiliarString}").DefaultIfEmpty($"Loaded image ID: {image.Id}"))
                await console.Output.WriteLineAsync(line).ConfigureAwait(false);
        }

        return 0;
    }

    private static async Task<int> ImportAsync(ContainerEngine engine, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        var options = new ImageImportOptions
        {
            Reference = invocation.Arguments.Count > 1 ? invocation.Arguments[1] : null,
            Changes = invocation.Values("change"),
            Comment = invocation.Value("message"),
            Platform = ImageSupply.Platform(invocation),
        };
        Image image;
        if (invocation.Arguments[0] == "-")
        {
            Stream input = Console.OpenStandardInput();
            await using (input.ConfigureAwait(false))
                image = await engine.Images.ImportAsync(input, options, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            image = await engine.Images.ImportAsync(invocation.Arguments[0], options, cancellationToken).ConfigureAwait(false);
        }

        await console.Output.WriteLineAsync(image.Id.ToString()).ConfigureAwait(false);
        return 0;
    }
}
