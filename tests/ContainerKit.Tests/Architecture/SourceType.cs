using System.Text.RegularExpressions;

namespace ContainerKit.Tests.Architecture;

/// <summary>A top-level type as its source declares it.</summary>
/// <param name="Folder">The first folder below the project's, which is a domain object; empty for a file beside the project file.</param>
/// <param name="FullName">Namespace and name, without type parameters.</param>
/// <param name="IsPublic">True for a public type.</param>
/// <param name="Namespace">The file's namespace.</param>
/// <param name="File">The file's path below the project.</param>
internal sealed partial record SourceType(string Folder, string FullName, bool IsPublic, string Namespace, string File)
{
    /// <summary>
    /// The types of a project. Top-level declarations are found by their place at the beginning of a line, which the formatter enforces;
    /// whoever uses the result checks that no compiled type is missing from it.
    /// </summary>
    public static IReadOnlyList<SourceType> ReadProject(string projectDirectory)
        => [.. Repository.SourceFiles(projectDirectory).SelectMany(file => Read(Path.GetRelativePath(projectDirectory, file), System.IO.File.ReadAllText(file)))];

    public static IEnumerable<SourceType> Read(string relativePath, string source)
    {
        string text = source.ReplaceLineEndings("\n");
        string[] path = relativePath.Split('/', '\\');
        string folder = path.Length > 1 ? path[0] : "";
        string name = NamespaceDeclaration().Match(text) is { Success: true } match ? match.Groups[1].Value : "";
        return TypeDeclaration().Matches(text).Select(type => new SourceType(
            folder,
            $"{name}.{type.Groups["name"].Value}",
            type.Value.Contains("public ", StringComparison.Ordinal),
            name,
            relativePath));
    }

    [GeneratedRegex(@"^namespace\s+([\w.]+)\s*;", RegexOptions.Multiline)]
    private static partial Regex NamespaceDeclaration();

    [GeneratedRegex(
        @"^(?:(?:public|internal|file|static|sealed|abstract|partial|readonly|ref|unsafe)\s+)*(?:class|struct|interface|enum|record\s+struct|record\s+class|record|delegate\s+[^;\n]+?)\s+(?<name>[A-Za-z_]\w*)(?=\s*[<({:;]|\s*$|\s+where\b)",
        RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();
}
