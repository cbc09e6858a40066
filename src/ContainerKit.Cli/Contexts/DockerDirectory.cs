using System.Text.Json.Nodes;

namespace ContainerKit.Cli.Contexts;

/// <summary>Where docker's clients keep what belongs to their user: <c>~/.docker</c>, or what DOCKER_CONFIG says. Logins are shared with docker.</summary>
internal static class DockerDirectory
{
    public static string Path => Environment.GetEnvironmentVariable("DOCKER_CONFIG") is { Length: > 0 } directory
        ? directory
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".docker");

    /// <summary>ckit's own: its contexts and which one is used must not change what docker talks to.</summary>
    public static string OwnPath => Environment.GetEnvironmentVariable("CKIT_CONFIG") is { Length: > 0 } directory
        ? directory
        : System.IO.Path.Combine(Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is ['/', ..] and string config ? config : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config"), "containerkit");

    /// <summary>A file of settings; empty where there is none.</summary>
    /// <exception cref="IOException">It is no JSON.</exception>
    public static JsonObject Read(string file)
    {
        try
        {
            return File.Exists(file) && JsonNode.Parse(File.ReadAllText(file)) is JsonObject settings ? settings : [];
        }
        catch (System.Text.Json.JsonException e)
        {
            // Without the serializer's words: they may quote what is secret.
            throw new IOException($"{file} is not valid JSON (line {e.LineNumber + 1}).");
        }
    }

    /// <summary>Replaces a file that only its owner may read, as a whole or not at all.</summary>
    public static void Write(string file, JsonObject settings) => Write(file, System.Text.Encoding.UTF8.GetBytes(settings.ToJsonString(Output.JsonText.Tabbed)));

    /// <summary>The same with any content.</summary>
    public static void Write(string file, byte[] content)
    {
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        string directory = System.IO.Path.GetDirectoryName(file)!;
        Directory.CreateDirectory(directory, owner | UnixFileMode.UserExecute);
        string temporary = $"{file}.{Guid.NewGuid():N}";
        try
        {
            using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = owner }))
                stream.Write(content);
            File.Move(temporary, file, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
