using System.Buffers;
using System.Text;
using System.Text.Json;

namespace ContainerKit.Builds.Execution;

/// <summary>
/// What an image was made of and how: the predicate of SLSA provenance 0.2 (slsa.dev/provenance/v0.2), without times, which would make another
/// image each time, and without the values of arguments, which may be secrets.
/// </summary>
internal static class Provenance
{
    /// <summary>The annotation of the manifest.</summary>
    public const string Annotation = "dev.containerkit.provenance.slsa.v0.2";

    /// <summary>The annotation's text.</summary>
    public static string Write(BuildSession session)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("builder");
            json.WriteString("id", "https://containerkit.dev/builder/v1");
            json.WriteEndObject();
            json.WriteString("buildType", "https://containerkit.dev/dockerfile/v1");
            WriteInvocation(json, session);
            WriteMaterials(json, session);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteInvocation(Utf8JsonWriter json, BuildSession session)
    {
        json.WriteStartObject("invocation");
        json.WriteStartObject("configSource");
        json.WriteString("entryPoint", session.File.Name);
        json.WriteEndObject();
        json.WriteStartObject("parameters");
        json.WriteString("target", session.Spec.Target ?? "");
        json.WriteStartArray("arguments");
        foreach (string name in session.Spec.Arguments.Keys)
        {
            json.WriteStringValue(name);
        }
        json.WriteEndArray();
        json.WriteStartArray("secrets");
        foreach (string id in session.Spec.Secrets.Keys)
        {
            json.WriteStringValue(id);
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("environment");
        json.WriteString("platform", session.Arguments.Target.ToString());
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteMaterials(Utf8JsonWriter json, BuildSession session)
    {
        json.WriteStartArray("materials");
        foreach ((string name, string digest) in session.Materials.OrderBy(material => material.Key, StringComparer.Ordinal))
        {
            int colon = digest.IndexOf(':', StringComparison.Ordinal);
            json.WriteStartObject();
            json.WriteString("uri", name);
            json.WriteStartObject("digest");
            json.WriteString(colon < 0 ? "sha1" : digest[..colon], digest[(colon + 1)..]);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
