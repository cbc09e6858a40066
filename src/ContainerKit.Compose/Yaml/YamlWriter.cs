using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ContainerKit.Compose.Yaml;

/// <summary>Writes nodes as a document that reads as the same again: dollar signs are doubled, so that nothing is interpolated.</summary>
internal static class YamlWriter
{
    public static string Write(YamlMapping root)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Write(emitter, root);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Write(Emitter emitter, YamlNode node)
    {
        switch (node)
        {
            case YamlMapping mapping:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, mapping.Entries.Count == 0 ? MappingStyle.Flow : MappingStyle.Block));
                foreach ((string key, YamlEntry entry) in mapping.Entries)
                {
                    emitter.Emit(Text(key, NeedsQuotes(key)));
                    Write(emitter, entry.Value);
                }

                emitter.Emit(new MappingEnd());
                break;
            case YamlSequence sequence:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, sequence.Items.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (YamlNode item in sequence.Items)
                    Write(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case YamlScalar { IsNull: true }:
                emitter.Emit(Text("null", quoted: false));
                break;
            case YamlScalar scalar:
                emitter.Emit(Text(scalar.Text.Replace("$", "$$", StringComparison.Ordinal), !scalar.IsPlain && NeedsQuotes(scalar.Text)));
                break;
        }
    }

    private static Scalar Text(string text, bool quoted)
        => text.Contains('\n', StringComparison.Ordinal) && quoted
            ? new Scalar(AnchorName.Empty, TagName.Empty, text, ScalarStyle.DoubleQuoted, isPlainImplicit: false, isQuotedImplicit: true)
            : new Scalar(AnchorName.Empty, TagName.Empty, text, quoted ? ScalarStyle.DoubleQuoted : ScalarStyle.Any, isPlainImplicit: true, isQuotedImplicit: true);

    /// <summary>A plain form of it would be read as something that is not a text, by somebody.</summary>
    private static bool NeedsQuotes(string text)
        => text is "" or "~" || text.Contains('\n', StringComparison.Ordinal) || char.IsAsciiDigit(text[0]) || text[0] is '+' or '-' or '.'
            || text.ToLowerInvariant() is "null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n";
}
