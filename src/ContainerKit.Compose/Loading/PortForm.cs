using System.Globalization;
using ContainerKit.Compose.Yaml;

namespace ContainerKit.Compose.Loading;

/// <summary>The long form of a service's port, one for each port of the container.</summary>
internal static class PortForm
{
    public static IEnumerable<YamlNode> Apply(YamlNode node, string path)
    {
        if (node is YamlMapping)
            return [node];
        YamlScalar scalar = CanonicalShapes.Scalar(node, path);
        try
        {
            return [.. PortMapping.Parse(scalar.Text).Select(port => ToNode(port, node.Position))];
        }
        catch (FormatException e)
        {
            throw scalar.Position.Error(path, e.Message, e);
        }
    }

    private static YamlMapping ToNode(PortMapping port, YamlPosition position)
    {
        string? published = port switch
        {
            { HostPort: int first, LastHostPort: int last } when last != first => $"{Text(first)}-{Text(last)}",
            { HostPort: int only } => Text(only),
            _ => null,
        };
        return YamlMapping.Of(
            position,
            ("target", YamlNode.Scalar(Text(port.ContainerPort), position)),
            ("published", published is null ? null : YamlNode.Scalar(published, position)),
            ("host_ip", port.HostAddress is null ? null : YamlNode.Scalar(port.HostAddress.ToString(), position)),
            ("protocol", YamlNode.Scalar(port.Protocol.ToString().ToLowerInvariant(), position)));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
