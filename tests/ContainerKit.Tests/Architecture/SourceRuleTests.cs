using System.Reflection;
using System.Text.RegularExpressions;
using ContainerKit.Oci;
using Xunit;

namespace ContainerKit.Tests.Architecture;

/// <summary>Rules that the sources of the packages keep.</summary>
public sealed partial class SourceRuleTests
{
    private const int MaxLines = 600;

    [Fact]
    public void Unsafe_code_and_native_calls_are_in_the_kernel_layer_only()
    {
        IEnumerable<string> sources = Repository.SourceFiles(Repository.Source)
            .Select(file => Path.GetRelativePath(Repository.Source, file))
            .Where(file => !file.StartsWith("ContainerKit.Linux/", StringComparison.Ordinal))
            .SelectMany(file => NativeLines(File.ReadAllText(Path.Combine(Repository.Source, file))).Select(line => $"{file}: {line}"));
        IEnumerable<string> projects = Directory.EnumerateFiles(Repository.Source, "*.csproj", SearchOption.AllDirectories)
            .Where(project => Path.GetFileNameWithoutExtension(project) != "ContainerKit.Linux"
                && File.ReadAllText(project).Contains("AllowUnsafeBlocks", StringComparison.Ordinal));
        Assembly[] managed = [typeof(Digest).Assembly, typeof(ContainerKitException).Assembly];

        DependencyTests.Check([.. sources, .. projects, .. managed.SelectMany(package => TypeEdgeReader.NativeMethods(package.Location))]);
    }

    [Fact]
    public void Native_functions_are_declared_in_Interop_only()
        => DependencyTests.Check([.. Repository.SourceFiles(Path.Combine(Repository.Source, "ContainerKit.Linux"))
            .Select(file => Path.GetRelativePath(Repository.Source, file))
            .Where(file => !file.StartsWith("ContainerKit.Linux/Interop/", StringComparison.Ordinal))
            .SelectMany(file => NativeLines(File.ReadAllText(Path.Combine(Repository.Source, file)))
                .Where(line => !UnsafeWord().IsMatch(line))
                .Select(line => $"{file}: {line}"))]);

    [Fact]
    public void No_file_is_longer_than_600_lines()
        => DependencyTests.Check([.. Repository.SourceFiles(Repository.Source)
            .Select(file => (File: file, Lines: File.ReadLines(file).Count()))
            .Where(each => each.Lines > MaxLines)
            .Select(each => $"{Path.GetRelativePath(Repository.Source, each.File)} has {each.Lines} lines")]);

    [Theory]
    [InlineData("    private static unsafe void Copy() { }", 1)]
    [InlineData("    [LibraryImport(\"libc\")]", 1)]
    [InlineData("    [DllImport(\"libc\")]", 1)]
    [InlineData("    private static extern int close(int fd);", 1)]
    [InlineData("    /// <summary>Nothing unsafe, no [DllImport].</summary>", 0)]
    [InlineData("    int a = 1; // unsafe otherwise", 0)]
    [InlineData("    Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;", 0)]
    [InlineData("    throw new InvalidOperationException(\"unsafe path\");", 0)]
    public void Rule_finds_native_code_and_nothing_else(string line, int hits) => Assert.Equal(hits, NativeLines(line).Count());

    private static IEnumerable<string> NativeLines(string source)
        => source.Split('\n').Where(line => NativeWord().IsMatch(StringOrComment().Replace(line, ""))).Select(line => line.Trim());

    [GeneratedRegex(@"\b(unsafe|extern|LibraryImport|DllImport|LibraryImportAttribute|DllImportAttribute)\b")]
    private static partial Regex NativeWord();

    [GeneratedRegex(@"\bunsafe\b")]
    private static partial Regex UnsafeWord();

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"|//.*$")]
    private static partial Regex StringOrComment();
}
