namespace ContainerKit.Compose.Services;

/// <summary>A secret or config that is put into a container as a file before it starts.</summary>
/// <param name="Target">Absolute path inside.</param>
/// <param name="Path">The file of this machine, read when a container is created; null: <paramref name="Content"/> is what is in it.</param>
/// <param name="Content">The content, where there is no file.</param>
/// <param name="UserId">The owner; null: root.</param>
/// <param name="GroupId">The group; null: root.</param>
/// <param name="Mode">The permissions; null: everybody may read.</param>
internal sealed record GrantedFile(string Target, string? Path, string? Content, int? UserId, int? GroupId, UnixFileMode? Mode)
{
    /// <summary>A file of this machine as it is can be bound: what is written to it later is seen. Another owner takes a copy.</summary>
    public bool IsBind => Path is not null && UserId is null && GroupId is null && Mode is null;
}
