using System.Buffers.Binary;
using System.Globalization;
using ContainerKit.Linux.Security;

namespace ContainerKit.Linux.Launching;

/// <content>Identity and privileges.</content>
public sealed partial class LaunchProgramBuilder
{
    private const int PR_SET_PDEATHSIG = 1;
    private const int PR_SET_KEEPCAPS = 8;
    private const int PR_CAPBSET_DROP = 24;
    private const int PR_SET_NO_NEW_PRIVS = 38;
    private const int PR_CAP_AMBIENT = 47;
    private const int PR_CAP_AMBIENT_CLEAR_ALL = 4;

    /// <summary>Sets real, effective and saved ids, groups first; setresgid(2), setgroups(2), setresuid(2).</summary>
    /// <param name="user">User id inside the namespace.</param>
    /// <param name="group">Group id inside the namespace.</param>
    /// <param name="groups">Supplementary groups; null leaves them (a namespace with a single mapped id may not set them).</param>
    public void SetIds(uint user, uint group, IReadOnlyList<uint>? groups)
    {
        if (groups is not null)
        {
            byte[] list = new byte[groups.Count * 4];
            for (int i = 0; i < groups.Count; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(list.AsSpan(i * 4), groups[i]);
            }

            Call("setgroups", groups.Count, Bytes(list, $"[{string.Join(", ", groups)}]"));
        }

        Call("setresgid", group, group, group);
        Call("setresuid", user, user, user);
    }

    /// <summary>
    /// Acts on files as another user and group, without giving up capabilities: setfsuid(2), setfsgid(2), SECBIT_NO_SETUID_FIXUP of
    /// capabilities(7).
    /// </summary>
    /// <param name="user">User id; 0 ends it.</param>
    /// <param name="group">Group id.</param>
    public void ActOnFilesAs(uint user, uint group)
    {
        const int PR_SET_SECUREBITS = 28;
        const int SECBIT_NO_SETUID_FIXUP = 4;
        Prctl(PR_SET_SECUREBITS, "PR_SET_SECUREBITS", LaunchArgument.Named(SECBIT_NO_SETUID_FIXUP, "SECBIT_NO_SETUID_FIXUP"));
        Call("setfsgid", group);
        Call("setfsuid", user);
        if (user == 0)
        {
            Prctl(PR_SET_SECUREBITS, "PR_SET_SECUREBITS", 0);
        }
    }

    /// <summary>Removes a capability from the bounding set, capabilities(7); one that this kernel does not know is no error.</summary>
    /// <param name="capability">Its number.</param>
    /// <param name="name">Its name, for the printed program.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation DropFromBoundingSet(int capability, string name)
        => Call("prctl", LaunchArgument.Named(PR_CAPBSET_DROP, "PR_CAPBSET_DROP"), LaunchArgument.Named(capability, name), 0, 0, 0).Tolerate(Errno.EINVAL);

    /// <summary>Keeps the permitted capabilities over a change from root to another user.</summary>
    /// <returns>The operation.</returns>
    public LaunchOperation KeepCapabilities() => Prctl(PR_SET_KEEPCAPS, "PR_SET_KEEPCAPS", 1);

    /// <summary>Sets the capability sets, capset(2).</summary>
    /// <param name="effective">Bits of the effective set.</param>
    /// <param name="permitted">Bits of the permitted set.</param>
    /// <param name="inheritable">Bits of the inheritable set.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation SetCapabilities(ulong effective, ulong permitted, ulong inheritable)
    {
        Span<byte> header = stackalloc byte[8];
        header.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x20080522); // _LINUX_CAPABILITY_VERSION_3
        Span<byte> data = stackalloc byte[24];
        ReadOnlySpan<ulong> sets = [effective, permitted, inheritable];
        for (int i = 0; i < sets.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(data[(i * 4)..], (uint)sets[i]);
            BinaryPrimitives.WriteUInt32LittleEndian(data[(12 + (i * 4))..], (uint)(sets[i] >> 32));
        }

        string text = string.Create(CultureInfo.InvariantCulture, $"{{effective {effective:x}, permitted {permitted:x}, inheritable {inheritable:x}}}");
        return Call("capset", Bytes(header, "{version 3}"), Bytes(data, text));
    }

    /// <summary>Empties the ambient set.</summary>
    /// <returns>The operation.</returns>
    public LaunchOperation ClearAmbientCapabilities()
        => Prctl(PR_CAP_AMBIENT, "PR_CAP_AMBIENT", LaunchArgument.Named(PR_CAP_AMBIENT_CLEAR_ALL, "PR_CAP_AMBIENT_CLEAR_ALL"));

    /// <summary>From here on execve gains no privileges, PR_SET_NO_NEW_PRIVS(2const).</summary>
    /// <returns>The operation.</returns>
    public LaunchOperation ForbidNewPrivileges() => Prctl(PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS", 1);

    /// <summary>Installs a seccomp filter, seccomp(2).</summary>
    /// <param name="filter">An array of <c>struct sock_filter</c>.</param>
    /// <param name="flags">Flags of seccomp(2).</param>
    /// <returns>The operation.</returns>
    public LaunchOperation InstallSeccompFilter(ReadOnlyMemory<byte> filter, SeccompFilterFlags flags = SeccompFilterFlags.None)
    {
        int count = filter.Length / 8;
        Span<byte> program = stackalloc byte[16];
        program.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(program, (ushort)count);
        BinaryPrimitives.WriteInt64LittleEndian(program[8..], Place(filter.Span));
        return Call("seccomp", LaunchArgument.Named(1, "SECCOMP_SET_MODE_FILTER"), LaunchArgument.Flags(flags), Bytes(program, $"{{{count} instructions}}"));
    }

    /// <summary>Sets a resource limit, prlimit(2).</summary>
    /// <param name="resource">RLIMIT_*.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="soft">Soft limit; <see cref="ulong.MaxValue"/> is unlimited.</param>
    /// <param name="hard">Hard limit; <see cref="ulong.MaxValue"/> is unlimited.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation SetResourceLimit(int resource, string name, ulong soft, ulong hard)
    {
        Span<byte> limit = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(limit, soft);
        BinaryPrimitives.WriteUInt64LittleEndian(limit[8..], hard);
        string text = string.Create(CultureInfo.InvariantCulture, $"{{{soft}, {hard}}}");
        return CallAbout(name, "prlimit64", 0, LaunchArgument.Named(resource, name), Bytes(limit, text), 0);
    }

    private LaunchOperation Prctl(int option, string name, LaunchArgument value) => Call("prctl", LaunchArgument.Named(option, name), value, 0, 0, 0);
}
