using System.Collections.Immutable;
using System.Text;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.Images;

/// <summary><c>ckit build</c>.</summary>
internal static class BuildCommand
{
    public static Command Create(CommandConsole console) => new("build", "Make an image by a Dockerfile", "PATH|GIT-URL|-")
    {
        MinimumArguments = 1,
        MaximumArguments = 1,
        Options =
        [
            new("add-host", null, "list", "A line of /etc/hosts, name:address"),
            new("build-arg", null, "list", "A value of an ARG, NAME=value"),
            new("build-context", null, "list", "A further context, name=PATH"),
            new("cache-from", null, "list", "An image whose steps count as done"),
            new("file", 'f', "string", "The Dockerfile (default PATH/Dockerfile)"),
            new("iidfile", null, "string", "A file that gets the image's id"),
            new("label", null, "list", "A label, name=value"),
            new("network", null, "string", "default, host, none or a network"),
            new("no-cache", null, null, "Take no step from the cache"),
            new("platform", null, "string", "What the image is for"),
            new("pull", null, null, "Ask for newer base images"),
            new("quiet", 'q', null, "The id only"),
            new("secret", null, "list", "A secret, id=NAME[,src=FILE|,env=VARIABLE]"),
            new("squash", null, null, "One layer"),
            new("tag", 't', "list", "A name of the image"),
            new("target", null, "string", "The stage that is the result"),
        ],
        Handler = (invocation, token) => EngineSession.RunAsync(invocation, engine => RunAsync(engine, invocation, console, token), token),
    };

    private static async Task<int> RunAsync(ContainerEngine engine, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        try
        {
            BuildSpec spec = await ReadAsync(invocation, cancellationToken).ConfigureAwait(false);
            var progress = new BuildLines(invocation.IsSet("quiet") ? TextWriter.Null : console.Error);
            Image image = await engine.Images.BuildAsync(spec, progress, cancellationToken).ConfigureAwait(false);
            await console.Output.WriteLineAsync(image.Id.ToString()).ConfigureAwait(false);
            if (invocation.Value("iidfile") is string file)
                await File.WriteAllTextAsync(file, image.Id.ToString(), cancellationToken).ConfigureAwait(false);
            return 0;
        }
        catch (BuildException e)
        {
            await console.Error.WriteLineAsync($"ckit: {e.Message}").ConfigureAwait(false);
            return e.ExitCode ?? 1;
        }
    }

    private static async Task<BuildSpec> ReadAsync(CommandInvocation invocation, CancellationToken cancellationToken)
    {
        BuildSpec spec = await ReadContextAsync(invocation, cancellationToken).ConfigureAwait(false);
        foreach (string argument in invocation.Values("build-arg"))
            spec = spec.WithArgument(FlagText.Pair(argument).Name, argument.Contains('=', StringComparison.Ordinal) ? FlagText.Pair(argument).Value : null);
        foreach (string label in invocation.Values("label"))
            spec = spec.WithLabel(FlagText.Pair(label).Name, FlagText.Pair(label).Value);
        foreach (string context in invocation.Values("build-context"))
            spec = spec.WithNamedContext(FlagText.Pair(context).Name, BuildContext.FromDirectory(FlagText.Pair(context).Value));
        foreach (string secret in invocation.Values("secret"))
            spec = ReadSecret(invocation, spec, secret);
        spec = invocation.Value("network") switch
        {
            null or "default" or "bridge" => spec,
            "host" => spec.WithNetwork(BuildNetwork.Host),
            "none" => spec.WithNetwork(BuildNetwork.None),
            string network => spec.WithNetwork(network),
        };
        return spec with
        {
            Tags = [.. invocation.Values("tag")],
            ExtraHosts = [.. invocation.Values("add-host")],
            CacheFrom = [.. invocation.Values("cache-from")],
            NoCache = invocation.IsSet("no-cache"),
            Pull = invocation.IsSet("pull"),
            Squash = invocation.IsSet("squash"),
            Target = invocation.Value("target"),
            Platform = ImageCommands.Platform(invocation),
        };
    }

    private static async Task<BuildSpec> ReadContextAsync(CommandInvocation invocation, CancellationToken cancellationToken)
    {
        string context = invocation.Arguments[0];
        string? file = invocation.Value("file");
        if (context == "-")
        {
            // A Dockerfile without a context; an archive is told by what no text has.
            using var content = new MemoryStream();
            Stream input = Console.OpenStandardInput();
            await using (input.ConfigureAwait(false))
                await input.CopyToAsync(content, cancellationToken).ConfigureAwait(false);
            byte[] bytes = content.ToArray();
            if (!bytes.AsSpan().Contains((byte)0))
                return BuildSpec.FromDockerfile(Encoding.UTF8.GetString(bytes));
            BuildSpec archived = BuildSpec.FromContext(BuildContext.FromTar(new MemoryStream(bytes)));
            return file is null ? archived : archived.WithDockerfile(file);
        }

        if (!Directory.Exists(context))
            return file is null ? BuildSpec.FromContext(BuildContext.FromGit(context)) : BuildSpec.FromContext(BuildContext.FromGit(context)).WithDockerfile(file);
        BuildSpec spec = BuildSpec.FromDirectory(context);
        return file is null ? spec : spec.WithDockerfile(Path.GetFullPath(file));
    }

    private static BuildSpec ReadSecret(CommandInvocation invocation, BuildSpec spec, string text)
    {
        Dictionary<string, string> fields = text.Split(',').Select(FlagText.Pair).ToDictionary(field => field.Name, field => field.Value, StringComparer.Ordinal);
        if (!fields.TryGetValue("id", out string? id))
            throw invocation.Invalid("secret", text, "id=NAME is wanted");
        return spec.WithSecret(id, fields.TryGetValue("src", out string? file) || fields.TryGetValue("source", out file) ? BuildSecret.FromFile(file)
            : BuildSecret.FromEnvironment(fields.GetValueOrDefault("env") ?? id));
    }
}
