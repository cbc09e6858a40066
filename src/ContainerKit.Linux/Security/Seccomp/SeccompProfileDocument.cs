using System.Text.Json.Serialization;

namespace ContainerKit.Linux.Security;

/// <summary>Docker's profile as JSON has it, before anything is checked.</summary>
internal sealed class SeccompProfileDocument
{
    public string? DefaultAction { get; set; }

    public uint? DefaultErrnoRet { get; set; }

    public string?[]? Architectures { get; set; }

    public ArchitectureEntry?[]? ArchMap { get; set; }

    public string?[]? Flags { get; set; }

    public string? ListenerPath { get; set; }

    public SyscallEntry?[]? Syscalls { get; set; }

    internal sealed class ArchitectureEntry
    {
        public string? Architecture { get; set; }

        public string?[]? SubArchitectures { get; set; }
    }

    internal sealed class SyscallEntry
    {
        /// <summary>One call; what profiles had before <see cref="Names"/>.</summary>
        public string? Name { get; set; }

        public string?[]? Names { get; set; }

        public string? Action { get; set; }

        public uint? ErrnoRet { get; set; }

        public ArgumentEntry?[]? Args { get; set; }

        public ConditionEntry? Includes { get; set; }

        public ConditionEntry? Excludes { get; set; }
    }

    internal sealed class ArgumentEntry
    {
        public uint Index { get; set; }

        public ulong Value { get; set; }

        public ulong ValueTwo { get; set; }

        public string? Op { get; set; }
    }

    internal sealed class ConditionEntry
    {
        public string?[]? Caps { get; set; }

        public string?[]? Arches { get; set; }

        public string? MinKernel { get; set; }
    }
}

/// <summary>Reading only. Names match in any case and unknown members are passed over, as Docker's own reader does.</summary>
[JsonSourceGenerationOptions(
    PropertyNameCaseInsensitive = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(SeccompProfileDocument))]
internal sealed partial class SeccompProfileJson : JsonSerializerContext;
