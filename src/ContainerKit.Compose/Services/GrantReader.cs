using System.Collections.Immutable;

namespace ContainerKit.Compose.Services;

/// <summary>The secrets and configs of a service.</summary>
internal sealed class GrantReader(ServiceContext context)
{
    private const string SecretDirectory = "/run/secrets/";

    public ImmutableArray<GrantedFile> Read(Section section)
        =>
        [
            .. section.Each("secrets").Select(grant => Read(grant, context.Secrets, SecretDirectory)),
            .. section.Each("configs").Select(grant => Read(grant, context.Configs, "/")),
        ];

    /// <summary>Permissions as an octal number: YAML's 0440 and 0o440, and 440 in quotes.</summary>
    internal static UnixFileMode Mode(Section section, string key, string text)
    {
        string digits = text.StartsWith("0o", StringComparison.Ordinal) ? text[2..] : text;
        return digits.Length is > 0 and <= 5 && digits.All(digit => digit is >= '0' and <= '7')
            ? (UnixFileMode)Convert.ToInt32(digits, 8)
            : throw section.Error(key, $"'{text}' is not allowed: expected permissions such as 0440");
    }

    private static GrantedFile Read(Section section, IReadOnlyDictionary<string, FileSource> sources, string directory)
    {
        string name = section.RequiredText("source");
        FileSource source = sources.GetValueOrDefault(name) ?? throw section.Error("source", $"there is no {(directory == "/" ? "config" : "secret")} '{name}' in the file");
        string target = section.Text("target") ?? name;
        if (target[0] != '/')
            target = directory + target;
        if (target.Split('/').Contains("..") || target.EndsWith('/'))
            throw section.Error("target", $"'{target}' is no path of a file");
        var result = new GrantedFile(
            target,
            source.Path,
            source.Content,
            (int?)section.Number("uid", 0, int.MaxValue),
            (int?)section.Number("gid", 0, int.MaxValue),
            section.Text("mode") is string mode ? Mode(section, "mode", mode) : null);
        section.End();
        return result;
    }
}
