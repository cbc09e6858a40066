using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ContainerKit.Linux.Interop;

/// <summary>The system calls of one architecture: name to number and back.</summary>
/// <remarks>
/// This is on the way to a process's first container: no LINQ and no generics over own value types, each of which is compiled at run time.
/// </remarks>
internal sealed class SyscallTable
{
    /// <summary>__X32_SYSCALL_BIT, set in the number of every x32 call.</summary>
    internal const int X32Bit = 0x4000_0000;

    private static readonly SyscallTable?[] Tables = new SyscallTable?[5];

    private readonly Dictionary<string, int> _numbers;
    private Dictionary<int, string>? _names;

    private SyscallTable(SyscallArchitecture architecture, Dictionary<string, int> numbers)
    {
        Architecture = architecture;
        _numbers = numbers;
    }

    /// <summary>The table of the architecture that this process runs on.</summary>
    internal static SyscallTable Native => Get(NativeArchitecture);

    /// <summary>The architecture that this process runs on.</summary>
    internal static SyscallArchitecture NativeArchitecture => RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => SyscallArchitecture.X64,
        System.Runtime.InteropServices.Architecture.Arm64 => SyscallArchitecture.Arm64,
        System.Runtime.InteropServices.Architecture.X86 => SyscallArchitecture.X86,
        System.Runtime.InteropServices.Architecture.Arm => SyscallArchitecture.Arm,
        var other => throw new PlatformNotSupportedException($"No table of system calls for {other}."),
    };

    internal SyscallArchitecture Architecture { get; }

    /// <summary>The AUDIT_ARCH_* token that seccomp_data.arch holds for calls of this architecture, linux/audit.h.</summary>
    internal uint AuditArchitecture => Architecture switch
    {
        SyscallArchitecture.X64 or SyscallArchitecture.X32 => 0xC000_003E,
        SyscallArchitecture.Arm64 => 0xC000_00B7,
        SyscallArchitecture.X86 => 0x4000_0003,
        _ => 0x4000_0028,
    };

    /// <summary>Every name, in no particular order.</summary>
    internal IReadOnlyCollection<string> Names => _numbers.Keys;

    /// <summary>The table of <paramref name="architecture"/>, made on first use. Two threads may both make it; they are the same.</summary>
    internal static SyscallTable Get(SyscallArchitecture architecture) => Tables[(int)architecture] ??= Create(architecture);

    /// <summary>The number of <paramref name="name"/>.</summary>
    /// <exception cref="ArgumentException">This architecture has no such call.</exception>
    internal int GetNumber(string name) => TryGetNumber(name, out int number)
        ? number
        : throw new ArgumentException($"{Architecture} has no system call '{name}'.", nameof(name));

    internal bool TryGetNumber(string name, out int number) => _numbers.TryGetValue(name, out number);

    /// <summary>The name of <paramref name="number"/>; where two names share it, the same one every time.</summary>
    internal bool TryGetName(int number, [NotNullWhen(true)] out string? name) => (_names ??= Invert(_numbers)).TryGetValue(number, out name);

    private static Dictionary<int, string> Invert(Dictionary<string, int> numbers)
    {
        var names = new Dictionary<int, string>(numbers.Count);
        foreach ((string name, int number) in numbers) names.TryAdd(number, name);
        return names;
    }

    private static SyscallTable Create(SyscallArchitecture architecture)
    {
        var numbers = new Dictionary<string, int>(512);
        Read(SyscallNames.Common, numbers);
        switch (architecture)
        {
            case SyscallArchitecture.X64: Read(SyscallNames.X64, numbers); break;
            case SyscallArchitecture.Arm64: Read(SyscallNames.Arm64, numbers); break;
            case SyscallArchitecture.X86: Read(SyscallNames.X86, numbers); break;
            case SyscallArchitecture.Arm: Read(SyscallNames.Arm, numbers); break;
            case SyscallArchitecture.X32:
                Read(SyscallNames.X64, numbers);
                Read(SyscallNames.X32, numbers);
                foreach (string name in numbers.Keys) numbers[name] |= X32Bit;
                break;
        }
        return new SyscallTable(architecture, numbers);
    }

    private static void Read(ReadOnlySpan<char> text, Dictionary<string, int> numbers)
    {
        int next = 0;
        while (!text.IsEmpty)
        {
            int length = text.IndexOfAny(' ', '\r', '\n');
            ReadOnlySpan<char> token = length < 0 ? text : text[..length];
            text = length < 0 ? default : text[(length + 1)..];
            if (token.IsEmpty) continue;
            if (token[0] == '=') next = int.Parse(token[1..], CultureInfo.InvariantCulture);
            else if (token[0] == '-') numbers.Remove(token[1..].ToString());
            else numbers.Add(token.ToString(), next++);
        }
    }
}
