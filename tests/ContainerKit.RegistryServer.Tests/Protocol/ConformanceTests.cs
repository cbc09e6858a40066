using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace ContainerKit.RegistryServer.Tests.Protocol;

public sealed partial class ConformanceTests
{
    private static readonly string[] s_categories = ["Pull", "Push", "Content discovery", "Content management"];

    [Fact]
    public void Table_of_requirements_names_tests_that_exist_and_all_that_are_about_the_protocol()
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Conformance.md"));
        HashSet<string> named = [.. Names().Matches(text).Select(match => match.Groups[1].Value)];
        MethodInfo[] tests = [.. typeof(ConformanceTests).Assembly.GetTypes().SelectMany(type => type.GetMethods()).Where(method => method.GetCustomAttributes().Any(each => each is FactAttribute))];
        Assert.Empty(named.Except(tests.Select(test => test.Name)));
        Assert.Empty(tests.Where(test => test.DeclaringType!.Namespace == typeof(ConformanceTests).Namespace && test.DeclaringType != typeof(ConformanceTests)).Select(test => test.Name).Except(named));
        foreach (string category in s_categories)
            Assert.Contains($"\n## {category}\n", text, StringComparison.Ordinal);

        // Each row has its test.
        string[] rows = [.. text.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| Requirement", StringComparison.Ordinal) && !line.StartsWith("| -", StringComparison.Ordinal))];
        Assert.True(rows.Length > 50);
        Assert.All(rows, row => Assert.Matches(Names(), row));
    }

    [GeneratedRegex("`([A-Z][A-Za-z0-9]*_[A-Za-z0-9_]+)`")]
    private static partial Regex Names();
}
