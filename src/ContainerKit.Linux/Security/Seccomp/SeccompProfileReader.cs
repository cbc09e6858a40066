using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace ContainerKit.Linux.Security;

/// <summary>Checks a profile's JSON document and makes the model of it.</summary>
internal static class SeccompProfileReader
{
    private static readonly Dictionary<string, SeccompOperator> Operators = new()
    {
        ["SCMP_CMP_NE"] = SeccompOperator.NotEqual,
        ["SCMP_CMP_LT"] = SeccompOperator.LessThan,
        ["SCMP_CMP_LE"] = SeccompOperator.LessOrEqual,
        ["SCMP_CMP_EQ"] = SeccompOperator.Equal,
        ["SCMP_CMP_GE"] = SeccompOperator.GreaterOrEqual,
        ["SCMP_CMP_GT"] = SeccompOperator.GreaterThan,
        ["SCMP_CMP_MASKED_EQ"] = SeccompOperator.MaskedEqual,
    };

    internal static SeccompProfile Read(ReadOnlySpan<byte> json)
    {
        SeccompProfileDocument document;
        try
        {
            document = JsonSerializer.Deserialize(json, SeccompProfileJson.Default.SeccompProfileDocument)
                ?? throw Invalid("the document", "is null");
        }
        catch (JsonException e)
        {
            throw new FormatException($"The seccomp profile is not valid JSON for a profile: {e.Message}", e);
        }

        if (document.Architectures is { Length: > 0 } && document.ArchMap is { Length: > 0 })
            throw Invalid("'architectures' and 'archMap'", "are both given; only one may be");
        if (!string.IsNullOrEmpty(document.ListenerPath)) throw Invalid("'listenerPath'", "is given, but SCMP_ACT_NOTIFY is not supported");
        return new SeccompProfile
        {
            DefaultAction = ReadAction("defaultAction", document.DefaultAction, document.DefaultErrnoRet),
            Architectures = ReadArchitectures("architectures", document.Architectures),
            ArchitectureMaps = Map(document.ArchMap, "archMap", ReadArchitectureMap),
            Rules = Map(document.Syscalls, "syscalls", ReadRule),
            Flags = Map(document.Flags, "flags", ReadFlag).Aggregate(SeccompFilterFlags.None, (all, flag) => all | flag),
        };
    }

    private static SeccompRule ReadRule(string where, SeccompProfileDocument.SyscallEntry entry)
    {
        bool single = !string.IsNullOrEmpty(entry.Name);
        if (single && entry.Names is { Length: > 0 }) throw Invalid(where, "has both 'name' and 'names'; only one may be given");
        ImmutableArray<string> names = single ? [entry.Name!] : ReadStrings($"{where}.names", entry.Names);
        if (names.IsEmpty || names.Contains("")) throw Invalid($"{where}.names", "must name at least one system call, and no empty one");
        return new SeccompRule
        {
            Names = names,
            Action = ReadAction($"{where}.action", entry.Action, entry.ErrnoRet),
            Arguments = Map(entry.Args, $"{where}.args", ReadArgument),
            Includes = ReadCondition($"{where}.includes", entry.Includes),
            Excludes = ReadCondition($"{where}.excludes", entry.Excludes),
        };
    }

    private static SeccompAction ReadAction(string where, string? name, uint? errno)
    {
        const uint Eperm = (uint)Errno.EPERM;
        uint data = errno ?? Eperm;
        switch (name)
        {
            case "SCMP_ACT_ALLOW": return SeccompAction.Allow;
            case "SCMP_ACT_LOG": return SeccompAction.Log;
            case "SCMP_ACT_TRAP": return SeccompAction.Trap;
            case "SCMP_ACT_KILL" or "SCMP_ACT_KILL_THREAD": return SeccompAction.KillThread;
            case "SCMP_ACT_KILL_PROCESS": return SeccompAction.KillProcess;
            case "SCMP_ACT_ERRNO" when data <= 4095: return SeccompAction.Fail((Errno)data);
            case "SCMP_ACT_TRACE" when data <= ushort.MaxValue: return SeccompAction.Trace((ushort)data);
            case "SCMP_ACT_ERRNO" or "SCMP_ACT_TRACE": throw Invalid(where, $"has the error number {data}, which is too big");
            case "SCMP_ACT_NOTIFY": throw Invalid(where, "is SCMP_ACT_NOTIFY, which is not supported");
            case null or "": throw Invalid(where, "is missing");
            default:
                throw Invalid(where, $"is '{name}'; expected SCMP_ACT_ALLOW, _ERRNO, _KILL, _KILL_PROCESS, _KILL_THREAD, _LOG, _TRACE or _TRAP");
        }
    }

    private static SeccompArgument ReadArgument(string where, SeccompProfileDocument.ArgumentEntry entry)
    {
        if (entry.Index > 5) throw Invalid($"{where}.index", $"is {entry.Index}; a system call has the arguments 0 to 5");
        return Operators.TryGetValue(entry.Op ?? "", out SeccompOperator op)
            ? new SeccompArgument((int)entry.Index, op, entry.Value, entry.ValueTwo)
            : throw Invalid($"{where}.op", $"is '{entry.Op}'; expected one of {string.Join(", ", Operators.Keys)}");
    }

    private static SeccompCondition ReadCondition(string where, SeccompProfileDocument.ConditionEntry? entry)
        => entry is null ? SeccompCondition.None : new SeccompCondition
        {
            Capabilities = ReadStrings($"{where}.caps", entry.Caps),
            Architectures = ReadStrings($"{where}.arches", entry.Arches),
            MinimumKernel = string.IsNullOrEmpty(entry.MinKernel) ? null : ReadKernel($"{where}.minKernel", entry.MinKernel),
        };

    private static Version ReadKernel(string where, string text)
        => text.Split('.') is [var major, var minor]
            && byte.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out byte kernel)
            && byte.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out byte revision)
            && (kernel | revision) != 0
            ? new Version(kernel, revision)
            : throw Invalid(where, $"is '{text}'; expected a kernel's major and minor version such as 4.8");

    private static SeccompArchitectureMap ReadArchitectureMap(string where, SeccompProfileDocument.ArchitectureEntry entry)
        => new(ReadArchitecture($"{where}.architecture", entry.Architecture ?? ""),
            ReadArchitectures($"{where}.subArchitectures", entry.SubArchitectures));

    private static ImmutableArray<string> ReadArchitectures(string where, string?[]? names) => Map(names, where, ReadArchitecture);

    private static string ReadArchitecture(string where, string name)
        => SeccompArchitectures.IsKnown(name) ? name : throw Invalid(where, $"is '{name}', which is no architecture of libseccomp's");

    private static SeccompFilterFlags ReadFlag(string where, string name) => name switch
    {
        "SECCOMP_FILTER_FLAG_LOG" => SeccompFilterFlags.Log,
        "SECCOMP_FILTER_FLAG_SPEC_ALLOW" => SeccompFilterFlags.SpecAllow,
        "SECCOMP_FILTER_FLAG_TSYNC" => SeccompFilterFlags.None, // a container begins with one thread
        _ => throw Invalid(where, $"is '{name}'; expected SECCOMP_FILTER_FLAG_LOG, _SPEC_ALLOW or _TSYNC"),
    };

    private static ImmutableArray<string> ReadStrings(string where, string?[]? values) => Map(values, where, (_, value) => value);

    private static ImmutableArray<TResult> Map<TEntry, TResult>(TEntry?[]? entries, string where, Func<string, TEntry, TResult> read)
        where TEntry : class
        => [.. (entries ?? []).Select((entry, i) => read($"{where}[{i}]", entry ?? throw Invalid($"{where}[{i}]", "is null")))];

    private static FormatException Invalid(string where, string what) => new($"The seccomp profile is invalid: {where} {what}.");
}
