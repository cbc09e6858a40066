namespace ContainerKit;

/// <summary>What a path inside a container leads to.</summary>
/// <param name="Name">The path's last name; <c>/</c> for the root.</param>
/// <param name="Type">What it is.</param>
/// <param name="Size">Bytes; of a link the length of its target.</param>
/// <param name="Mode">The lower 12 bits of the mode.</param>
/// <param name="ModifiedAt">Time of the last modification.</param>
/// <param name="LinkTarget">Of a link the path inside that it points to, absolute; null for everything else.</param>
/// <param name="UserId">The owner inside.</param>
/// <param name="GroupId">The group inside.</param>
public sealed record ContainerPathInfo(
    string Name, ContainerPathType Type, long Size, UnixFileMode Mode, DateTimeOffset ModifiedAt, string? LinkTarget, uint UserId, uint GroupId);
