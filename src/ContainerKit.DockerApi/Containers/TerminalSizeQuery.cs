using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Containers;

/// <summary>The parameters <c>h</c> and <c>w</c> of resize.</summary>
internal static class TerminalSizeQuery
{
    private const int Largest = ushort.MaxValue;

    internal static TerminalSize Read(ApiRequest request)
    {
        int? rows = request.Query.Number("h");
        int? columns = request.Query.Number("w");
        request.Query.Complete();
        return rows is > 0 and <= Largest && columns is > 0 and <= Largest
            ? new TerminalSize(rows.Value, columns.Value)
            : throw ApiException.BadRequest($"invalid terminal size: expected h and w from 1 to {Largest}");
    }
}
