using ContainerKit.Cli.CommandLine;

namespace ContainerKit.Cli.Output;

/// <summary><c>--filter name=value</c>.</summary>
internal static class FilterOption
{
    public static CommandOption Option { get; } = new("filter", 'f', "list", "Only what matches, as in label=stage=test");

    public static FilterSet Read(CommandInvocation invocation)
        => invocation.Values("filter").Aggregate(FilterSet.Empty, (filters, text) => text.IndexOf('=', StringComparison.Ordinal) is var equals and > 0
            ? filters.With(text[..equals], text[(equals + 1)..])
            : throw invocation.Invalid("filter", text, "name=value is wanted"));
}
