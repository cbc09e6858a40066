using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace ContainerKit.Builds.Parsing;

/// <summary>The JSON form of arguments.</summary>
internal static class JsonForm
{
    /// <summary>Parses an array of strings.</summary>
    /// <param name="text">Begins with a bracket.</param>
    /// <param name="holdsOthers">True: it is an array, and not of strings only.</param>
    /// <returns>The strings; null for what is no such array: it is taken for the shell form then.</returns>
    public static ImmutableArray<string>? Parse(string text, out bool holdsOthers)
    {
        holdsOthers = false;
        try
        {
            var values = ImmutableArray.CreateBuilder<string>();
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType == JsonTokenType.String)
                {
                    values.Add(reader.GetString()!);
                }
                else
                {
                    holdsOthers = true;
                    reader.Skip();
                }
            }
            // Something behind the array makes it no JSON.
            holdsOthers &= !reader.Read();
            return holdsOthers ? null : values.ToImmutable();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            holdsOthers = false;
            return null;
        }
    }
}
