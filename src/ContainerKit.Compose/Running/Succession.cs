using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using ContainerKit.Compose.Services;

namespace ContainerKit.Compose.Running;

/// <summary>
/// A container that takes the place of another one, or is not complete when it is created, has a temporary name until then: the beginning of its mark, and its
/// own name. The mark is a label: the id of the one that it replaces, else random digits. By the two it is known what somebody who was killed has left.
/// </summary>
internal static class Succession
{
    private const int ShownDigits = 12;

    /// <summary>The mark of a container that replaces another one; null: that replaces none.</summary>
    public static string CreateMark(ContainerInfo? old) => old?.Id ?? RandomNumberGenerator.GetHexString(ShownDigits, lowercase: true);

    public static string TemporaryName(string mark, string name) => $"{mark[..ShownDigits]}_{name}";

    /// <summary>True: it was made to replace another one.</summary>
    public static bool HasReplaced(ContainerInfo container) => MarkOf(container)?.Length > ShownDigits;

    /// <summary>True: it still has its temporary name.</summary>
    /// <param name="container">The container.</param>
    /// <param name="name">The one that it is to have.</param>
    public static bool IsTemporary(ContainerInfo container, [NotNullWhen(true)] out string? name)
    {
        name = MarkOf(container) is { } mark && container.Name.StartsWith(TemporaryName(mark, ""), StringComparison.Ordinal) ? container.Name[(ShownDigits + 1)..] : null;
        return name is not null;
    }

    /// <summary>True: it is not complete, or the one that it is to replace is still there. Nobody misses it.</summary>
    /// <param name="container">The container.</param>
    /// <param name="all">All of the project, at least.</param>
    public static bool IsUnfinished(ContainerInfo container, IEnumerable<ContainerInfo> all)
        => IsTemporary(container, out _) && (!HasReplaced(container) || all.Any(other => other.Id == MarkOf(container)));

    /// <summary>An image may have the label as well, and whatever it likes in it.</summary>
    private static string? MarkOf(ContainerInfo container) => container.Labels.GetValueOrDefault(ComposeLabels.Replaced) is { Length: >= ShownDigits } mark ? mark : null;
}
