using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;

namespace ContainerKit.Cli.Output;

/// <summary><c>--filter name=value</c>.</summary>
internal static class FilterOption
{
    public static CommandOption Option { get; } = new("filter", 'f', "list", "Only what matches, as in label=stage=test");

    /// <summary>For commands whose -f is --force.</summary>
    public static CommandOption LongOption { get; } = Option with { Letter = null };

    /// <summary>For the engine of this process.</summary>
    public static FilterSet Read(CommandInvocation invocation)
        => Pairs(invocation).Aggregate(FilterSet.Empty, (filters, pair) => filters.With(pair.Name, pair.Value));

    /// <summary>The query of docker's API, with <c>&amp;</c> before it; empty without filters.</summary>
    public static string Query(CommandInvocation invocation, params IEnumerable<(string Name, string Value)> further)
    {
        var filters = new JsonObject();
        foreach ((string name, string value) in Pairs(invocation).Concat(further))
        {
            if (filters[name] is not JsonObject values)
                filters[name] = values = [];
            values[value] = true;
        }

        return filters.Count == 0 ? "" : $"&filters={Uri.EscapeDataString(filters.ToJsonString())}";
    }

    private static IEnumerable<(string Name, string Value)> Pairs(CommandInvocation invocation)
        => invocation.Values("filter").Select(text => text.IndexOf('=', StringComparison.Ordinal) is var equals and > 0
            ? (text[..equals].Trim().ToLowerInvariant(), text[(equals + 1)..].Trim())
            : throw invocation.Invalid("filter", text, "name=value is wanted"));
}
