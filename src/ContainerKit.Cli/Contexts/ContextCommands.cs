using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.Templates;

namespace ContainerKit.Cli.Contexts;

/// <summary><c>ckit context</c>.</summary>
internal static class ContextCommands
{
    private static readonly CommandOption EndpointOption = new("docker", null, "string", "Where: host=unix:///PATH|tcp://HOST:PORT|local:///DATA-ROOT[,ca=FILE][,cert=FILE][,key=FILE][,skip-tls-verify=true]");

    private static readonly CommandOption DescriptionOption = new("description", null, "string", "What it is");

    public static Command Create(CommandConsole console) => new("context", "The engines that commands can be for: data roots of this machine, and servers anywhere")
    {
        Commands =
        [
            new("create", "Give an engine a name", "CONTEXT")
            {
                MinimumArguments = 1,
                MaximumArguments = 1,
                Options = [EndpointOption, DescriptionOption, new("from", null, "string", "A context that is copied")],
                Handler = (invocation, _) => DoAsync(console, () => Write(invocation, isNew: true), $"Successfully created context \"{invocation.Arguments[0]}\""),
            },
            new("update", "Change a context", "CONTEXT")
            {
                MinimumArguments = 1,
                MaximumArguments = 1,
                Options = [EndpointOption, DescriptionOption],
                Handler = (invocation, _) => DoAsync(console, () => Write(invocation, isNew: false), $"Successfully updated context \"{invocation.Arguments[0]}\""),
            },
            new("ls", "List contexts")
            {
                Aliases = ["list"],
                MaximumArguments = 0,
                Options = Listing<EngineContext>.Options,
                Handler = async (invocation, _) =>
                {
                    await Describe(EngineChoice.FindContext(invocation)).WriteAsync(invocation, console.Output, All()).ConfigureAwait(false);
                    return 0;
                },
            },
            new("use", "Let commands be for this engine from now on", "CONTEXT")
            {
                MinimumArguments = 1,
                MaximumArguments = 1,
                Handler = async (invocation, _) =>
                {
                    string name = invocation.Arguments[0];
                    if (name != ContextStore.DefaultName)
                        ContextStore.Own.Get(name);
                    ContextStore.Own.Use(name);
                    await console.Output.WriteLineAsync(name).ConfigureAwait(false);
                    await console.Error.WriteLineAsync($"Current context is now \"{name}\"").ConfigureAwait(false);
                    return 0;
                },
            },
            new("show", "Show the name of the context in use")
            {
                MaximumArguments = 0,
                Handler = async (invocation, _) =>
                {
                    await console.Output.WriteLineAsync(EngineChoice.FindContext(invocation) ?? ContextStore.DefaultName).ConfigureAwait(false);
                    return 0;
                },
            },
            new("rm", "Forget contexts", "CONTEXT [CONTEXT...]")
            {
                Aliases = ["remove"],
                MinimumArguments = 1,
                Options = [new("force", 'f', null, "Also the one in use")],
                Handler = (invocation, _) => EngineSession.EachAsync(console, invocation.Arguments, name => Task.FromResult<string?>(Remove(name, invocation.IsSet("force")))),
            },
            new("export", "Write a context as a file, with the keys of its TLS", "CONTEXT [FILE|-]")
            {
                MinimumArguments = 1,
                MaximumArguments = 2,
                Handler = (invocation, token) => ExportAsync(invocation, console, token),
            },
            new("import", "Make a context of a file that was exported", "CONTEXT FILE|-")
            {
                MinimumArguments = 2,
                MaximumArguments = 2,
                Handler = (invocation, token) => ImportAsync(invocation, console, token),
            },
            new("inspect", "Show all that is known", "[CONTEXT...]")
            {
                Options = [new("format", 'f', "string", "A template such as '{{.Endpoints.docker.Host}}', or json")],
                Handler = (invocation, _) => InspectAsync(invocation, console),
            },
        ],
    };

    private static async Task<int> DoAsync(CommandConsole console, Func<string> work, string message)
    {
        await console.Output.WriteLineAsync(work()).ConfigureAwait(false);
        await console.Error.WriteLineAsync(message).ConfigureAwait(false);
        return 0;
    }

    private static List<EngineContext> All() => [Default(), .. ContextStore.Own.List()];

    /// <summary>What commands are for without any context.</summary>
    private static EngineContext Default() => new(ContextStore.DefaultName, "The user's data root; no server is needed", $"local://{new DataRootServer(null).DataRoot}", false);

    private static Listing<EngineContext> Describe(string? current) => new(
        context => context.Name,
        [
            ("Name", "NAME", context => context.Name == current ? $"{context.Name} *" : context.Name),
            ("Description", "DESCRIPTION", context => HumanText.Shorten(context.Description, 60)),
            ("DockerEndpoint", "DOCKER ENDPOINT", context => context.Host),
            ("Error", "ERROR", _ => ""),
        ])
    {
        Further = [("Current", "CURRENT", context => context.Name == current ? "true" : "false")],
    };

    private static string Write(CommandInvocation invocation, bool isNew)
    {
        string name = invocation.Arguments[0];
        CheckName(invocation, name);
        EngineContext? known = ContextStore.Own.Find(name);
        if (isNew && known is not null)
            throw CreateTakenException(invocation, name);
        EngineContext context = isNew
            ? invocation.Value("from") is string from ? (from == ContextStore.DefaultName ? Default() : ContextStore.Own.Get(from)) with { Name = name } : new EngineContext(name, "", "", false)
            : known ?? throw new IOException($"context \"{name}\" does not exist");
        if (invocation.Value(DescriptionOption.Name) is string description)
            context = context with { Description = description };
        if (invocation.Value(EndpointOption.Name) is string endpoint)
            context = ReadEndpoint(invocation, context, endpoint);
        if (context.Host.Length == 0)
            throw new UsageException("docker endpoint configuration is required: --docker host=…") { Command = invocation.Command };

        // One that nothing can be done with is not kept.
        _ = context.Address;
        if (isNew)
            ContextStore.Own.Create(context, ContextStore.ReadMaterial(context));
        else
            ContextStore.Own.Replace(context, ContextStore.ReadMaterial(context));
        return name;
    }

    private static void CheckName(CommandInvocation invocation, string name)
    {
        if (name == ContextStore.DefaultName || name.Length == 0 || !char.IsAsciiLetterOrDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '+' or '-'))
            throw new UsageException($"context name \"{name}\" is invalid: letters, digits and _.+- are wanted, and not \"{ContextStore.DefaultName}\"") { Command = invocation.Command };
    }

    private static UsageException CreateTakenException(CommandInvocation invocation, string name) => new($"context \"{name}\" already exists") { Command = invocation.Command };

    private static async Task<int> ExportAsync(CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        string name = invocation.Arguments[0];
        EngineContext context = name == ContextStore.DefaultName ? Default() : ContextStore.Own.Get(name);
        string path = invocation.Arguments.Count > 1 ? invocation.Arguments[1] : $"{name}.dockercontext";
        if (path == "-" && !Console.IsOutputRedirected)
            throw new UsageException("an archive is nothing for a terminal: redirect the output, or name a file") { Command = invocation.Command };

        // Complete before there is a file: a key that cannot be read leaves none.
        using var archive = new MemoryStream();
        await ContextArchive.WriteAsync(archive, context, cancellationToken).ConfigureAwait(false);
        archive.Position = 0;

        // With keys in it, it is for its owner, and takes no other file's place.
        Stream output = path == "-"
            ? console.OpenOutput()
            : new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        await using (output.ConfigureAwait(false))
            await archive.CopyToAsync(output, cancellationToken).ConfigureAwait(false);
        if (path != "-")
            await console.Error.WriteLineAsync($"Written file \"{path}\"").ConfigureAwait(false);
        return 0;
    }

    private static async Task<int> ImportAsync(CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        (string name, string path) = (invocation.Arguments[0], invocation.Arguments[1]);
        CheckName(invocation, name);
        if (ContextStore.Own.Find(name) is not null)
            throw CreateTakenException(invocation, name);
        Stream input = path == "-" ? console.OpenInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        await using (input.ConfigureAwait(false))
        {
            (EngineContext context, IReadOnlyDictionary<string, byte[]> material) = await ContextArchive.ReadAsync(input, name, cancellationToken).ConfigureAwait(false);

            // One that nothing can be done with is not kept.
            _ = context.Address;
            ContextStore.Own.Create(context, material);
        }

        return await DoAsync(console, () => name, $"Successfully imported context \"{name}\"").ConfigureAwait(false);
    }

    private static EngineContext ReadEndpoint(CommandInvocation invocation, EngineContext context, string text)
    {
        foreach ((string name, string value) in text.Split(',').Select(FlagText.Pair))
        {
            TlsFiles tls = context.Tls ?? new TlsFiles(null, null, null, Verify: !context.SkipTlsVerify);
            context = name switch
            {
                "host" => context with { Host = value },
                "ca" => context with { Tls = tls with { Authority = value } },
                "cert" => context with { Tls = tls with { Certificate = value } },
                "key" => context with { Tls = tls with { Key = value } },
                "skip-tls-verify" => context with { SkipTlsVerify = value is "true" or "1", Tls = tls with { Verify = value is not ("true" or "1") } },
                "from" => context with { Host = (value == ContextStore.DefaultName ? Default() : ContextStore.Own.Get(value)).Host },
                _ => throw invocation.Invalid(EndpointOption.Name, text, $"unrecognized config key: {name}"),
            };
        }

        return context;
    }

    private static string Remove(string name, bool force)
    {
        if (name == ContextStore.DefaultName)
            throw new IOException($"context \"{name}\" cannot be removed");
        ContextStore.Own.Get(name);
        if (ContextStore.Own.Current == name)
        {
            if (!force)
                throw new IOException($"context \"{name}\" is in use, set -f flag to force remove");
            ContextStore.Own.Use(ContextStore.DefaultName);
        }

        ContextStore.Own.Remove(name);
        return name;
    }

    private static async Task<int> InspectAsync(CommandInvocation invocation, CommandConsole console)
    {
        IReadOnlyList<string> names = invocation.Arguments.Count > 0 ? invocation.Arguments : [EngineChoice.FindContext(invocation) ?? ContextStore.DefaultName];
        string? format = invocation.Value("format");
        var found = new JsonArray();
        foreach (string name in names)
        {
            EngineContext context = name == ContextStore.DefaultName ? Default() : ContextStore.Own.Get(name);
            string[] files = [.. new[] { (context.Tls?.Authority, "ca.pem"), (context.Tls?.Certificate, "cert.pem"), (context.Tls?.Key, "key.pem") }.Where(file => file.Item1 is not null).Select(file => file.Item2)];
            var node = new JsonObject
            {
                ["Name"] = context.Name,
                ["Metadata"] = new JsonObject { ["Description"] = context.Description },
                ["Endpoints"] = new JsonObject { ["docker"] = new JsonObject { ["Host"] = context.Host, ["SkipTLSVerify"] = context.SkipTlsVerify } },
                ["TLSMaterial"] = files.Length == 0 ? new JsonObject() : new JsonObject { ["docker"] = new JsonArray([.. files.Select(file => (JsonNode?)file)]) },
            };
            if (format is null)
                found.Add((JsonNode)node);
            else
                await console.Output.WriteLineAsync(format == "json" ? JsonText.Of(node) : Template.Parse(format).Render(node)).ConfigureAwait(false);
        }

        if (format is null)
            await console.Output.WriteLineAsync(found.ToJsonString(JsonText.Indented)).ConfigureAwait(false);
        return 0;
    }
}
