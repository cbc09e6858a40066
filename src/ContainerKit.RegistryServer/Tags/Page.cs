using System.Globalization;
using ContainerKit.RegistryServer.Routing;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.RegistryServer.Tags;

/// <summary>A part of a list: what comes after an element, and how many.</summary>
/// <param name="Count">How many at most.</param>
/// <param name="Last">The last element of the part before; null for the beginning.</param>
internal readonly record struct Page(int Count, string? Last)
{
    /// <summary>What a client gets that does not say how many it wants, and at most.</summary>
    internal const int MaxCount = 1000;

    /// <exception cref="RegistryFault"><c>n</c> is no number.</exception>
    internal static Page Read(IQueryCollection query, bool isBounded)
    {
        string? last = query["last"].Count > 0 ? query["last"].ToString() : null;
        string count = query["n"].ToString();
        if (count.Length == 0)
            return new Page(isBounded ? MaxCount : int.MaxValue, last);
        if (!long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            throw RegistryFault.PageInvalid();
        return new Page((int)Math.Min(number, MaxCount), last);
    }

    /// <summary>The elements of the part, and whether there are more.</summary>
    internal (List<string> Elements, bool IsLast) Take(IEnumerable<string> elements, Comparer<string> order)
    {
        string? last = Last;
        List<string> rest = [.. elements.Where(element => last is null || order.Compare(element, last) > 0)];
        rest.Sort(order);
        bool isLast = rest.Count <= Count;
        if (!isLast)
            rest.RemoveRange(Count, rest.Count - Count);
        return (rest, isLast);
    }

    /// <summary>The header by which the next part is asked for (RFC 8288). An empty part has none: it would lead to itself.</summary>
    internal void WriteLink(HttpResponse response, string path, List<string> elements, bool isLast)
    {
        if (!isLast && elements.Count > 0)
            response.Headers.Link = string.Create(CultureInfo.InvariantCulture, $"<{path}?n={Count}&last={Uri.EscapeDataString(elements[^1])}>; rel=\"next\"");
    }
}
