namespace ContainerKit.DockerApi.Containers;

/// <summary>File modes in the bits of Go's os.FileMode, which the API has in its headers.</summary>
internal static class GoFileMode
{
    private const uint Directory = 1u << 31;
    private const uint SymbolicLink = 1u << 27;
    private const uint Device = 1u << 26;
    private const uint NamedPipe = 1u << 25;
    private const uint Socket = 1u << 24;
    private const uint SetUser = 1u << 23;
    private const uint SetGroup = 1u << 22;
    private const uint CharacterDevice = 1u << 21;
    private const uint Sticky = 1u << 20;
    private const UnixFileMode Permissions = (UnixFileMode)0x1FF;

    internal static uint From(ContainerPathInfo info)
    {
        uint mode = (uint)(info.Mode & Permissions);
        mode |= info.Type switch
        {
            ContainerPathType.Directory => Directory,
            ContainerPathType.SymbolicLink => SymbolicLink,
            ContainerPathType.Fifo => NamedPipe,
            ContainerPathType.Socket => Socket,
            ContainerPathType.CharacterDevice => Device | CharacterDevice,
            ContainerPathType.BlockDevice => Device,
            _ => 0,
        };
        mode |= info.Mode.HasFlag(UnixFileMode.SetUser) ? SetUser : 0;
        mode |= info.Mode.HasFlag(UnixFileMode.SetGroup) ? SetGroup : 0;
        return mode | (info.Mode.HasFlag(UnixFileMode.StickyBit) ? Sticky : 0);
    }
}
