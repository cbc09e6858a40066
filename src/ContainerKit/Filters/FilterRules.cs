using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ContainerKit.Filters;

/// <summary>How values of filters are read and compared, the same for every kind of object.</summary>
internal static class FilterRules
{
    private static readonly SearchValues<char> PatternCharacters = SearchValues.Create(@"\*+?|{[()^$.");

    /// <summary>An unknown filter is an error: taken for granted it would select too much, and prune deletes what is selected.</summary>
    internal static void RequireKnown(FilterSet filters, FrozenSet<string> known)
    {
        foreach (string name in filters.Names)
        {
            if (!known.Contains(name))
                throw new ArgumentException($"filter '{name}' is not allowed: expected {string.Join(", ", known.Order(StringComparer.Ordinal))}.");
        }
    }

    internal static ArgumentException Invalid(string name, string value, string allowed)
        => new($"filter {name} '{value}' is not allowed: expected {allowed}.");

    /// <summary>Every <c>name</c> or <c>name=value</c> must be there.</summary>
    internal static bool HasLabels(IReadOnlyDictionary<string, string> labels, IReadOnlyCollection<string> wanted) => wanted.All(each => HasLabel(labels, each));

    /// <summary>None of the labels may be there.</summary>
    internal static bool LacksLabels(IReadOnlyDictionary<string, string> labels, IReadOnlyCollection<string> unwanted) => !unwanted.Any(each => HasLabel(labels, each));

    /// <summary>
    /// Values that are regular expressions, as Docker's for names. They come from callers of an API: an automaton without backtracking needs
    /// linear time, whatever they are.
    /// </summary>
    internal static IReadOnlyList<Func<string, bool>> Patterns(FilterSet filters, string name)
    {
        List<Func<string, bool>> patterns = [];
        foreach (string value in filters[name])
        {
            // By far the most are plain words.
            if (!value.AsSpan().ContainsAny(PatternCharacters))
            {
                patterns.Add(text => text.Contains(value, StringComparison.Ordinal));
                continue;
            }

            try
            {
                var pattern = new Regex(value, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
                patterns.Add(text => text == value || pattern.IsMatch(text));
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                throw Invalid(name, value, "a regular expression without look-around and back-references");
            }
        }

        return patterns;
    }

    internal static bool? Boolean(FilterSet filters, string name)
    {
        bool? result = null;
        foreach (string value in filters[name])
        {
            bool parsed = value switch
            {
                "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
                "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
                _ => throw Invalid(name, value, "true or false"),
            };
            if (result is bool other && other != parsed)
                throw Invalid(name, value, "one of true and false, not both");
            result = parsed;
        }

        return result;
    }

    internal static IReadOnlyList<int> Numbers(FilterSet filters, string name)
        => [.. filters[name].Select(value => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw Invalid(name, value, "a whole number"))];

    /// <summary>The one moment that a filter names; null when there is none.</summary>
    internal static DateTimeOffset? Moment(FilterSet filters, string name, TimeProvider time)
    {
        if (filters[name].Count == 0)
            return null;
        if (filters[name].Count > 1)
            throw Invalid(name, string.Join(", ", filters[name]), "one value");
        return FilterMoment.Parse(name, filters[name].First(), time);
    }

    private static bool HasLabel(IReadOnlyDictionary<string, string> labels, string wanted)
    {
        int equals = wanted.IndexOf('=', StringComparison.Ordinal);
        return equals < 0
            ? labels.ContainsKey(wanted)
            : labels.TryGetValue(wanted[..equals], out string? value) && value == wanted[(equals + 1)..];
    }
}
