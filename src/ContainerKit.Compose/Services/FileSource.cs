using ContainerKit.Compose.Loading;

namespace ContainerKit.Compose.Services;

/// <summary>A secret or config of the project.</summary>
/// <param name="Path">A file of this machine; null: there is <paramref name="Content"/>.</param>
/// <param name="Content">The content itself.</param>
internal sealed record FileSource(string? Path, string? Content)
{
    public static FileSource Read(Section section, ProjectEnvironment environment, bool isConfig)
    {
        section.Refuse("secrets and configs that somebody else keeps need a cluster: use file, environment or content", "external", "driver", "driver_opts", "template_driver");
        section.Accept("name", "labels");
        string? path = section.Text("file");
        string? variable = section.Text("environment");
        string? content = isConfig ? section.Text("content") : null;
        section.End();
        if (new[] { path, variable, content }.Count(each => each is not null) != 1)
            throw section.Error("", isConfig ? "one of file, environment and content is required" : "one of file and environment is required");
        if (variable is not null)
            content = environment.Find(variable) ?? throw section.Error("environment", $"the variable {variable} is not set");
        return new FileSource(path, content);
    }
}
