using System.Net;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Images;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.Cli.Containers;

/// <summary>Makes a container, with its image when that has to be fetched.</summary>
internal static class ContainerCreation
{
    /// <returns>The id.</returns>
    public static async Task<string> CreateAsync(DockerClient client, CommandInvocation invocation, CreateContainerBody body, CommandConsole console, CancellationToken cancellationToken)
    {
        string? idFile = invocation.Value("cidfile");
        if (File.Exists(idFile))
            throw new UsageException($"container ID file found, make sure the other container isn't running or delete {idFile}") { Command = invocation.Command };
        string policy = invocation.Value("pull") ?? "missing";
        if (policy is not ("always" or "missing" or "never"))
            throw invocation.Invalid("pull", policy, "always, missing or never is wanted");
        if (policy == "always")
            await PullAsync().ConfigureAwait(false);
        string path = $"/containers/create?{Query(invocation)}";
        JsonNode request = DockerClient.Json(body, ContainerJson.Default.CreateContainerBody);
        JsonNode? answer;
        try
        {
            answer = await client.PostAsync(path, request, cancellationToken).ConfigureAwait(false);
        }
        catch (DockerErrorException e) when (policy == "missing" && e.Status == (int)HttpStatusCode.NotFound && e.Message.Contains("No such image", StringComparison.OrdinalIgnoreCase))
        {
            await console.Error.WriteLineAsync($"Unable to find image '{ImageNames.WithTag(body.Image!)}' locally").ConfigureAwait(false);
            await PullAsync().ConfigureAwait(false);
            answer = await client.PostAsync(path, request, cancellationToken).ConfigureAwait(false);
        }

        foreach (JsonNode warning in answer.Items("Warnings"))
            await console.Error.WriteLineAsync($"WARNING: {warning.GetValue<string>()}").ConfigureAwait(false);
        string id = answer.Text("Id") ?? throw new IOException("The engine answered without the id of the container.");
        if (idFile is not null)
            await File.WriteAllTextAsync(idFile, id, cancellationToken).ConfigureAwait(false);
        return id;

        Task PullAsync() => ImagePull.RunAsync(client, ImageNames.WithTag(body.Image!), invocation.Value("platform"), invocation.IsSet("quiet") ? TextWriter.Null : console.Error, cancellationToken);
    }

    private static string Query(CommandInvocation invocation)
        => string.Join('&', new[] { ("name", invocation.Value("name")), ("platform", invocation.Value("platform")) }.Where(pair => pair.Item2 is not null).Select(pair => $"{pair.Item1}={Uri.EscapeDataString(pair.Item2!)}"));
}
