using System.Globalization;

namespace ContainerKit.Linux.Launching;

/// <summary>An argument of a launch operation: a number, an address in the program's data, or the result of an earlier operation.</summary>
public readonly struct LaunchArgument
{
    private readonly string? _text;

    private LaunchArgument(long value, string? text, bool isIndirect)
    {
        Value = value;
        _text = text;
        IsIndirect = isIndirect;
    }

    /// <summary>The number; for an indirect argument the address of the 64-bit value to use.</summary>
    internal long Value { get; }

    /// <summary>True when <see cref="Value"/> is the address of the value.</summary>
    internal bool IsIndirect { get; }

    /// <summary>How the argument is printed.</summary>
    internal string Text => _text ?? Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A plain number.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator LaunchArgument(long value) => new(value, null, false);

    /// <summary>A number that is printed by name.</summary>
    /// <param name="value">The number.</param>
    /// <param name="text">What the printed program shows, for instance <c>MS_REC|MS_PRIVATE</c>.</param>
    /// <returns>The argument.</returns>
    public static LaunchArgument Named(long value, string text) => new(value, text, false);

    /// <summary>Flags, printed by the names of <typeparamref name="T"/>'s members.</summary>
    /// <typeparam name="T">An enum whose members carry the kernel's names.</typeparam>
    /// <param name="flags">The flags.</param>
    /// <returns>The argument.</returns>
    public static LaunchArgument Flags<T>(T flags)
        where T : struct, Enum
        => new(unchecked((long)Convert.ToUInt64(flags, CultureInfo.InvariantCulture)), FlagNames<T>.Of(flags), false);

    /// <summary>A flag set or number, as a number.</summary>
    /// <param name="value">The number.</param>
    /// <returns>The argument.</returns>
    public static LaunchArgument FromInt64(long value) => value;

    internal static LaunchArgument Address(long address, string text) => new(address, text, false);

    internal static LaunchArgument Indirect(long address, string text) => new(address, text, true);

    /// <summary>Enum formatting is slow and a start prints nothing: names are made once per value.</summary>
    private static class FlagNames<T>
        where T : struct, Enum
    {
        private static readonly System.Collections.Concurrent.ConcurrentDictionary<T, string> s_names = new();

        internal static string Of(T flags) => s_names.GetOrAdd(flags, static f => f.ToString().Replace(", ", "|", StringComparison.Ordinal));
    }
}
