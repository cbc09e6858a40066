using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ContainerKit.Linux.Cgroups.Devices;

/// <summary>Allows access to one device or a range of them.</summary>
/// <param name="Kind">Block, character or any.</param>
/// <param name="Major">Major number, or null for any.</param>
/// <param name="Minor">Minor number, or null for any.</param>
/// <param name="Access">What is allowed; not <see cref="DeviceAccess.None"/>.</param>
public sealed record DeviceRule(DeviceKind Kind, int? Major, int? Minor, DeviceAccess Access)
{
    // dev_t of the kernel: 12 bits of major, 20 bits of minor number.
    private const int MajorLimit = 1 << 12;
    private const int MinorLimit = 1 << 20;

    /// <summary>The rule as the devices controller of version 1 reads it: <c>c 1:3 rwm</c>.</summary>
    public override string ToString()
    {
        char kind = Kind switch { DeviceKind.Block => 'b', DeviceKind.Character => 'c', _ => 'a' };
        string read = Access.HasFlag(DeviceAccess.Read) ? "r" : "", write = Access.HasFlag(DeviceAccess.Write) ? "w" : "";
        string make = Access.HasFlag(DeviceAccess.MakeNode) ? "m" : "";
        return $"{kind} {Number(Major)}:{Number(Minor)} {read}{write}{make}";
    }

    /// <summary>Reads a rule as version 1 writes it, which is also Docker's form: <c>c 1:3 rwm</c>, <c>b 8:* r</c>, <c>a *:* rwm</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="rule">The rule.</param>
    /// <returns>False when it is none.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out DeviceRule? rule)
    {
        rule = null;
        if (text?.Split(' ') is not [[var kind], var numbers, { Length: > 0 } letters] || numbers.Split(':') is not [var majorText, var minorText]
            || !TryParseNumber(majorText, MajorLimit, out int? major) || !TryParseNumber(minorText, MinorLimit, out int? minor))
        {
            return false;
        }

        DeviceAccess access = DeviceAccess.None;
        foreach (char letter in letters)
        {
            DeviceAccess one = letter switch { 'r' => DeviceAccess.Read, 'w' => DeviceAccess.Write, 'm' => DeviceAccess.MakeNode, _ => DeviceAccess.None };
            if (one == DeviceAccess.None || (access & one) != 0)
                return false;
            access |= one;
        }

        DeviceKind? type = kind switch { 'a' => DeviceKind.Any, 'b' => DeviceKind.Block, 'c' => DeviceKind.Character, _ => null };
        rule = type is { } known ? new DeviceRule(known, major, minor, access) : null;
        return rule is not null;
    }

    internal void Validate()
    {
        if (!Enum.IsDefined(Kind) || Major is < 0 or >= MajorLimit || Minor is < 0 or >= MinorLimit
            || Access == DeviceAccess.None || (Access & ~DeviceAccess.All) != 0)
        {
            throw new ArgumentException(
                $"Devices has the rule \"{this}\"; allowed: a, b or c, major 0 to 4095 or *, minor 0 to 1048575 or *, some of rwm.");
        }
    }

    private static bool TryParseNumber(string text, int limit, out int? number)
    {
        bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value < limit;
        number = isNumber ? value : null;
        return isNumber || text == "*";
    }

    private static string Number(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "*";
}
