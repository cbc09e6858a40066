using System.Reflection;
using System.Xml.Linq;
using ContainerKit.Linux;
using ContainerKit.Oci;
using ContainerKit.TestSupport;
using Xunit;

namespace ContainerKit.Tests.Architecture;

public sealed class DocumentationTests
{
    public static TheoryData<Type> Packages => [typeof(LinuxException), typeof(Digest), typeof(ContainerKitException)];

    [Theory]
    [MemberData(nameof(Packages))]
    public void Every_public_member_has_a_summary(Type packageType)
    {
        Assembly package = packageType.Assembly;
        Dictionary<string, XElement> documented = XDocument.Load(Path.ChangeExtension(package.Location, ".xml"))
            .Descendants("member")
            .ToDictionary(member => member.Attribute("name")!.Value);
        IEnumerable<Type> types = package.GetTypes().Where(PublicApiText.IsVisible).ToList();
        IEnumerable<MemberInfo> members = types.SelectMany(type => PublicApiText.VisibleMembers(type).Where(member => !IsImplied(member))).Concat(types);

        DependencyTests.Check([.. members.Select(DocumentationId.Of).Where(id => !HasSummary(documented.GetValueOrDefault(id))).Order(StringComparer.Ordinal)]);
        Assert.NotEmpty(documented);
    }

    [Theory]
    [InlineData("<member><summary>What it is.</summary></member>", true)]
    [InlineData("<member><summary> </summary></member>", false)]
    [InlineData("<member><remarks>x</remarks></member>", false)]
    [InlineData("<member><inheritdoc/></member>", true)]
    [InlineData("<member><summary><see cref=\"T:System.String\"/></summary></member>", true)]
    public void Rule_tells_a_summary_from_none(string xml, bool expected) => Assert.Equal(expected, HasSummary(XElement.Parse(xml)));

    [Fact]
    public void Documentation_ids_are_those_of_the_compiler()
    {
        // The test assembly's own documentation file holds the ids that the compiler gave to this sample.
        HashSet<string> known = [.. XDocument.Load(Path.ChangeExtension(typeof(DocumentationSample<>).Assembly.Location, ".xml"))
            .Descendants("member")
            .Select(member => member.Attribute("name")!.Value)];
        IEnumerable<MemberInfo> members = PublicApiText.VisibleMembers(typeof(DocumentationSample<>))
            .Concat(PublicApiText.VisibleMembers(typeof(DocumentationSample<>.Inner)))
            .Concat([typeof(DocumentationSample<>), typeof(DocumentationSample<>.Inner)]);

        Assert.All(members.Where(member => member is Type || !IsImplied(member)).Select(DocumentationId.Of), id => Assert.Contains(id, known));
    }

    private static bool HasSummary(XElement? member)
        => member is not null
            && (member.Element("inheritdoc") is not null
                || (member.Element("summary") is { } summary && (summary.HasElements || !string.IsNullOrWhiteSpace(summary.Value))));

    /// <summary>A constructor that may be the compiler's; where someone wrote it, CS1591 asks for its summary.</summary>
    private static bool IsImplied(MemberInfo member) => member is ConstructorInfo constructor && constructor.GetParameters().Length == 0;
}
