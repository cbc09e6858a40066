namespace ContainerKit.Tests.Architecture;

/// <summary>Which part may know which. A part is a project, or a folder of a project.</summary>
/// <param name="allowed">For each part the parts that it may use besides itself.</param>
/// <param name="universal">Parts that every part may use.</param>
internal sealed class DependencyTable(IReadOnlyDictionary<string, string[]> allowed, params string[] universal)
{
    /// <summary>One line for each edge that the table does not have, with the type and the member it was found in.</summary>
    public IReadOnlyList<string> Violations(IEnumerable<TypeEdge> edges, Func<string, string?> partOf)
    {
        List<string> violations = [];
        foreach (TypeEdge edge in edges)
        {
            string? from = partOf(edge.From);
            string? to = partOf(edge.To);
            if (from is null || to is null)
            {
                violations.Add($"{(from is null ? edge.From : edge.To)} is in no known part ({edge})");
            }
            else if (!Allows(from, to))
            {
                violations.Add($"{Show(from)} -> {Show(to)}: {edge}");
            }
        }

        return [.. violations.Distinct().Order(StringComparer.Ordinal)];
    }

    public bool IsKnown(string part) => allowed.ContainsKey(part);

    public bool Allows(string from, string to)
        => IsKnown(from) && IsKnown(to) && (from == to || universal.Contains(to) || allowed[from].Contains(to));

    private string Show(string part) => part.Length == 0 ? "(no folder)" : IsKnown(part) ? part : $"{part} (not in the table)";
}
