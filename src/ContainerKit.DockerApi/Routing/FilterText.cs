using System.Text.Json;

namespace ContainerKit.DockerApi.Routing;

/// <summary>Filters on the wire: <c>{"label":{"x":true}}</c>, as since API 1.22, or <c>{"label":["x"]}</c>.</summary>
internal static class FilterText
{
    private const int MaximumLength = 256 * 1024;

    internal static FilterSet Parse(string? text)
    {
        FilterSet filters = FilterSet.Empty;
        if (string.IsNullOrEmpty(text))
            return filters;
        if (text.Length > MaximumLength)
            throw ApiException.BadRequest("invalid filter: it is too long");
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Null)
                return filters;
            foreach (JsonProperty filter in document.RootElement.EnumerateObject())
            {
                foreach (string value in Values(filter.Value))
                    filters = filters.With(filter.Name, value);
            }

            return filters;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw ApiException.BadRequest($"invalid filter '{(text.Length > 100 ? text[..100] + "…" : text)}': expected an object of objects or lists", e);
        }
    }

    private static IEnumerable<string> Values(JsonElement values) => values.ValueKind switch
    {
        JsonValueKind.Object => values.EnumerateObject().Where(value => value.Value.ValueKind == JsonValueKind.True).Select(value => value.Name),
        JsonValueKind.Null => [],
        _ => values.EnumerateArray().Select(value => value.GetString() ?? throw new JsonException("a value is null")),
    };
}
