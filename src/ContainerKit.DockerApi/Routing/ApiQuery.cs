using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.Routing;

/// <summary>
/// The query of a request. A handler reads every parameter that it knows and then calls <see cref="Complete"/>, which refuses what is left: a
/// parameter that is not understood is an error, never ignored.
/// </summary>
/// <param name="query">What it consists of.</param>
/// <param name="hasBody">True: the request says more in a body of JSON.</param>
internal sealed class ApiQuery(IQueryCollection query, bool hasBody = false)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The first value; null when it is missing.</summary>
    internal string? Text(string name)
    {
        _known.Add(name);
        return query.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues values) && values.Count > 0 ? values[0] : null;
    }

    /// <summary>The first value; null when it is missing or empty.</summary>
    internal string? NonEmpty(string name) => Text(name) is { Length: > 0 } text ? text : null;

    /// <summary>Every value.</summary>
    internal IReadOnlyList<string> All(string name)
    {
        _known.Add(name);
        return query.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues values) ? [.. values.OfType<string>()] : [];
    }

    /// <summary>Docker's booleans: nothing, <c>0</c>, <c>no</c>, <c>false</c> and <c>none</c> are false, everything else is true.</summary>
    internal bool Flag(string name, bool missing = false) => Text(name) is string text ? IsTrue(text) : missing;

    internal static bool IsTrue(string text) => text.Trim().ToUpperInvariant() is not ("" or "0" or "NO" or "FALSE" or "NONE");

    /// <summary>A whole number; null when it is missing or empty.</summary>
    internal int? Number(string name) => NonEmpty(name) is not string text
        ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw ApiException.BadRequest($"Parameter {name} '{text}' is not allowed: expected a whole number.");

    /// <summary>A whole number; null when it is missing or empty.</summary>
    internal long? LongNumber(string name) => NonEmpty(name) is not string text
        ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw ApiException.BadRequest($"Parameter {name} '{text}' is not allowed: expected a whole number.");

    /// <summary><c>seconds[.nanoseconds]</c> since 1970, or a time in RFC 3339; null when it is missing, empty or zero.</summary>
    internal DateTimeOffset? Time(string name) => NonEmpty(name) is string text ? DockerTime.Parse(name, text) : null;

    /// <summary>The filters of the parameter <c>filters</c>.</summary>
    internal FilterSet Filters(string name = "filters") => FilterText.Parse(NonEmpty(name));

    /// <summary>Says that a parameter is known and changes nothing here.</summary>
    internal void Accept(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            _known.Add(name);
    }

    /// <summary>Refuses a parameter when it has a value that asks for something.</summary>
    internal void Refuse(string name, string reason)
    {
        if (Text(name) is { Length: > 0 } text && IsTrue(text))
            throw ApiException.BadRequest($"Parameter {name} '{text}' is not supported: {reason}.");
    }

    /// <exception cref="ApiException">There is a parameter that nobody asked for.</exception>
    internal void Complete()
    {
        foreach (string name in query.Keys)
        {
            // Old clients send what they leave out, too: trunc_cmd=0. And dockerode repeats the body of a create in its query: those are the names
            // with a capital letter, of which queries have none of their own.
            if (!_known.Contains(name) && !(hasBody && name is [>= 'A' and <= 'Z', ..]) && query[name].Any(value => value is not null && IsTrue(value)))
                throw ApiException.BadRequest($"Parameter {name} is not known here. Known: {(_known.Count == 0 ? "none" : string.Join(", ", _known.Order(StringComparer.Ordinal)))}.");
        }
    }
}
