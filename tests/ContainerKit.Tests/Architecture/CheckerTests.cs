using ContainerKit.Tests.Architecture.Samples.Lower;
using ContainerKit.TestSupport;
using Xunit;

namespace ContainerKit.Tests.Architecture;

/// <summary>The checkers find what they are there to find.</summary>
public sealed class CheckerTests
{
    private static readonly DependencyTable Layers = new(
        new Dictionary<string, string[]> { ["Upper"] = ["Lower"], ["Lower"] = [], ["Faults"] = [] },
        universal: "Faults");

    [Fact]
    public void Edge_that_the_table_lacks_is_reported_with_type_and_member()
    {
        IReadOnlyList<string> violations = Layers.Violations(
            [new("Upper.A", "Lower.B", "M"), new("Lower.B", "Upper.A", "Call"), new("Lower.B", "Faults.F", "M"), new("Faults.F", "Lower.B", "M")],
            type => type.Split('.')[0]);

        Assert.Equal(["Faults -> Lower: Faults.F uses Lower.B in M", "Lower -> Upper: Lower.B uses Upper.A in Call"], violations);
    }

    [Fact]
    public void Type_of_an_unknown_part_is_reported()
    {
        Assert.Single(Layers.Violations([new("Upper.A", "Attic.B", "M")], type => type.Split('.')[0]), "Upper -> Attic (not in the table): Upper.A uses Attic.B in M");
        Assert.Single(Layers.Violations([new("Upper.A", "Attic.B", "M")], type => type == "Upper.A" ? "Upper" : null));
    }

    [Theory]
    [InlineData(nameof(LowerType), "its declaration", "UpperBase")]
    [InlineData(nameof(LowerType), "its declaration", "IUpper")]
    [InlineData(nameof(LowerType), "its declaration", "UpperAttribute")]
    [InlineData(nameof(LowerType), "_field", "UpperField")]
    [InlineData(nameof(LowerType), "Parameter", "UpperParameter")]
    [InlineData(nameof(LowerType), "TypeArgument", "UpperArgument")]
    [InlineData(nameof(LowerType), "Constraint", "UpperBase")]
    [InlineData(nameof(LowerType), "Create", "UpperCreated")]
    [InlineData(nameof(LowerType), "CallStatic", "UpperStatic")]
    [InlineData(nameof(LowerType), "CallGeneric", "UpperArgument")]
    [InlineData(nameof(LowerType), "Cast", "UpperCast")]
    [InlineData(nameof(LowerType), "NameType", "UpperNamed")]
    [InlineData(nameof(LowerType), "Catch", "UpperException")]
    [InlineData(nameof(LowerType), null, "UpperInLambda")]
    [InlineData(nameof(LowerType), null, "UpperInAsync")]
    [InlineData(nameof(LowerType), null, "UpperInIterator")]
    [InlineData(nameof(LowerType), null, "UpperAfterSwitch")]
    public void Use_of_every_shape_is_found_in_compiled_code(string from, string? member, string to)
    {
        IReadOnlyCollection<TypeEdge> edges = TypeEdgeReader.Read(typeof(LowerType).Assembly.Location);

        Assert.Contains(edges, edge => edge.From.EndsWith($"Lower.{from}", StringComparison.Ordinal)
            && edge.To.EndsWith($"Upper.{to}", StringComparison.Ordinal)
            && (member is null || edge.Member == member));
    }

    [Fact]
    public void Folder_violations_of_the_samples_are_all_of_one_direction()
    {
        IReadOnlyList<string> violations = Layers.Violations(
            TypeEdgeReader.Read(typeof(LowerType).Assembly.Location).Where(edge => edge.From.Contains(".Samples.", StringComparison.Ordinal)),
            type => type.Split('.')[^2]);

        Assert.NotEmpty(violations);
        Assert.All(violations, violation => Assert.StartsWith("Lower -> Upper: ", violation, StringComparison.Ordinal));
    }

    [Fact]
    public void Declarations_are_found_in_sources()
    {
        const string Source = """
            using System;
            namespace ContainerKit.Storage;

            /// <summary>class Comment</summary>
            [Some(typeof(int))]
            public sealed partial class One<T> : IDisposable where T : class
            {
                private sealed class Nested;
            }
            internal readonly record struct Two(int X);
            public delegate Task<(int, string)> Three<T>(int x);
            enum Four { A }
            internal abstract record Five
            {
            }
            file static class Six
            {
            }
            public interface ISeven;
            internal record class Eight;
            """;

        Assert.Equal(
            ["One", "Two", "Three", "Four", "Five", "Six", "ISeven", "Eight"],
            SourceType.Read("Storage/Deep/One.cs", Source).Select(type => type.FullName["ContainerKit.Storage.".Length..]));
        Assert.Equal(["One", "Three", "ISeven"], SourceType.Read("Storage/One.cs", Source).Where(type => type.IsPublic).Select(type => type.FullName[21..]));
        Assert.All(SourceType.Read("Storage/Deep/One.cs", Source), type => Assert.Equal("Storage", type.Folder));
        Assert.All(SourceType.Read("One.cs", Source), type => Assert.Equal("", type.Folder));
    }

    [Fact]
    public void Public_surface_is_rendered_and_differences_are_shown_with_their_type()
    {
        string text = PublicApiText.Render([typeof(DocumentationSample<>), typeof(DocumentationSample<>.Inner), typeof(ExitStatus)]);

        Assert.Equal(
            """
            public readonly record struct ContainerKit.ExitStatus
                public ExitStatus(int ExitCode, int? Signal = null)
                public int ExitCode { get; init; }
                public bool IsSuccess { get; }
                public int? Signal { get; init; }
                public static ExitStatus FromSignal(int signal)

            public abstract class ContainerKit.Tests.Architecture.DocumentationSample<T>
                public const int Constant = 1
                protected DocumentationSample(int[,] grid, T[][] items)
                public int[,] Grid { get; }
                public abstract T this[int index, string key] { get; }
                public T[][] Items { get; }
                public abstract event EventHandler Changed
                public abstract int? Count()
                public abstract bool TryGet<TKey>(in TKey key, out IReadOnlyDictionary<TKey, List<T>> value, ref DocumentationSample<T>.Inner inner, Dictionary<int, T>.KeyCollection keys)
                public static int op_Explicit(DocumentationSample<T> sample)

            public sealed class ContainerKit.Tests.Architecture.DocumentationSample<T>.Inner
                public Inner()
                public int Read(int? number, DocumentationSample<T>.Inner other)

            """.ReplaceLineEndings("\n"),
            text);
        Assert.Equal(
            "- public sealed class A\n      public int X()\n+ public sealed class A\n      public long X()",
            PublicApiLock.Difference("public sealed class A\n    public int X()\n", "public sealed class A\n    public long X()\n"));
    }
}
