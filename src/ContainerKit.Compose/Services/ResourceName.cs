using System.Security.Cryptography;
using System.Text;
using ContainerKit.Compose.Yaml;

namespace ContainerKit.Compose.Services;

/// <summary>What a network or volume is called outside of its file.</summary>
internal static class ResourceName
{
    /// <summary>The real name, and whether it belongs to somebody else.</summary>
    public static (string Name, bool IsExternal) Read(Section section, string key, string project)
    {
        string? name = section.Text("name");
        bool isExternal = false;
        if (section.Take("external") is YamlMapping)
        {
            // The old form: external: { name: x }.
            Section external = section.Below("external")!;
            name = external.Text("name") ?? name;
            external.End();
            isExternal = true;
        }
        else
        {
            isExternal = section.Flag("external");
        }

        return (name ?? (isExternal ? key : $"{project}_{key}"), isExternal);
    }

    public static string Hash(YamlNode node) => Hash(node is YamlMapping mapping ? YamlWriter.Write(mapping) : "");

    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
