using System.Reflection;
using System.Xml.Linq;
using ContainerKit.Linux;
using ContainerKit.Oci;
using Xunit;

namespace ContainerKit.Tests.Architecture;

/// <summary>The direction of dependency, between projects and between the folders of the engine.</summary>
public sealed class DependencyTests
{
    private static readonly DependencyTable Projects = new(new Dictionary<string, string[]>
    {
        ["ContainerKit.Linux"] = [],
        ["ContainerKit.Oci"] = [],
        ["ContainerKit"] = ["ContainerKit.Linux", "ContainerKit.Oci"],
        ["ContainerKit.DockerApi"] = ["ContainerKit", "ContainerKit.Linux", "ContainerKit.Oci"],
        ["ContainerKit.Compose"] = ["ContainerKit", "ContainerKit.Oci"],
        ["ContainerKit.Hosting"] = ["ContainerKit"],
        ["ContainerKit.RegistryServer"] = ["ContainerKit.Oci"],
        ["ContainerKit.Testing"] = ["ContainerKit", "ContainerKit.Oci", "ContainerKit.RegistryServer"],
        ["ContainerKit.Cli"] =
        [
            "ContainerKit", "ContainerKit.Compose", "ContainerKit.DockerApi", "ContainerKit.Linux", "ContainerKit.Oci", "ContainerKit.RegistryServer",
        ],
    });

    private static readonly DependencyTable Folders = new(
        new Dictionary<string, string[]>
        {
            ["Diagnostics"] = [],
            ["Errors"] = [],
            ["Filters"] = [],
            ["Events"] = ["Filters"],
            ["Storage"] = [],
            ["Runtime"] = ["Storage"],
            ["Images"] = ["Events", "Filters", "Storage"],
            ["Networks"] = ["Events", "Filters", "Storage"],
            ["Volumes"] = ["Events", "Filters", "Storage"],
            ["Containers"] = ["Events", "Filters", "Images", "Storage", "Runtime", "Networks", "Volumes"],
            ["Builds"] = ["Events", "Filters", "Containers", "Images", "Storage", "Runtime"],
            ["Engine"] = ["Events", "Filters", "Builds", "Containers", "Images", "Networks", "Volumes", "Runtime", "Storage"],
        },
        "Diagnostics", "Errors");

    private static string EnginePath => typeof(ContainerKitException).Assembly.Location;

    private static IReadOnlyList<SourceType> EngineTypes { get; } = SourceType.ReadProject(Path.Combine(Repository.Source, "ContainerKit"));

    [Fact]
    public void Projects_reference_only_what_the_table_allows()
    {
        IEnumerable<TypeEdge> references = Directory.EnumerateFiles(Repository.Source, "*.csproj", SearchOption.AllDirectories)
            .SelectMany(project => XDocument.Load(project).Descendants("ProjectReference")
                .Select(reference => reference.Attribute("Include")!.Value.Replace('\\', '/'))
                .Select(reference => new TypeEdge(Path.GetFileNameWithoutExtension(project), Path.GetFileNameWithoutExtension(reference), "its project file")));

        Check(Projects.Violations(references, name => name));
        Assert.All(Directory.EnumerateDirectories(Repository.Source), project => Assert.True(Projects.IsKnown(Path.GetFileName(project)), $"{project} is not in the table"));
    }

    [Fact]
    public void Assemblies_reference_only_what_the_table_allows()
    {
        Assembly[] packages = [typeof(LinuxException).Assembly, typeof(Digest).Assembly, typeof(ContainerKitException).Assembly];
        IEnumerable<TypeEdge> references = packages.SelectMany(package => package.GetReferencedAssemblies()
            .Where(reference => reference.Name!.StartsWith("ContainerKit", StringComparison.Ordinal))
            .Select(reference => new TypeEdge(package.GetName().Name!, reference.Name!, "its assembly references")));

        Check(Projects.Violations(references, name => name));
    }

    [Fact]
    public void Folders_of_the_engine_use_only_what_the_table_allows()
    {
        ILookup<string, string> folders = EngineTypes.ToLookup(type => type.FullName, type => type.Folder);

        Check(Folders.Violations(TypeEdgeReader.Read(EnginePath), type => folders[type].FirstOrDefault()));
    }

    [Fact]
    public void Every_type_of_the_engine_lives_in_one_known_folder()
    {
        ILookup<string, SourceType> declared = EngineTypes.ToLookup(type => type.FullName);

        Check([.. TypeEdgeReader.TopLevelTypes(EnginePath).Where(type => !declared.Contains(type)).Select(type => $"{type}: its declaration was not found in the sources")]);
        Check([.. EngineTypes.Where(type => !Folders.IsKnown(type.Folder)).Select(type => $"{type.FullName} in {type.File}: the folder is not in the table")]);
        Check([.. declared.Where(parts => parts.Select(part => part.Folder).Distinct().Count() > 1)
            .Select(parts => $"{parts.Key} is spread over {string.Join(", ", parts.Select(part => part.File))}")]);
    }

    [Fact]
    public void Public_types_are_in_the_flat_namespace_and_internal_ones_in_that_of_their_folder()
    {
        // A partial type may say "public" in one of its files only.
        HashSet<string> publicTypes = [.. EngineTypes.Where(type => type.IsPublic).Select(type => type.FullName)];
        Check([.. EngineTypes
            .Where(type => publicTypes.Contains(type.FullName)
                ? type.Namespace != "ContainerKit"
                : !$"{type.Namespace}.".StartsWith($"ContainerKit.{type.Folder}.", StringComparison.Ordinal))
            .Select(type => $"{(type.IsPublic ? "public" : "internal")} {type.FullName} in {type.File}")]);
    }

    internal static void Check(IReadOnlyList<string> violations)
        => Assert.True(violations.Count == 0, $"{violations.Count} violations:\n{string.Join('\n', violations)}");
}
