using System.Globalization;

namespace ContainerKit.Linux.Cgroups.Devices;

/// <summary>Allows access to one device or a range of them.</summary>
/// <param name="Kind">Block, character or any.</param>
/// <param name="Major">Major number, or null for any.</param>
/// <param name="Minor">Minor number, or null for any.</param>
/// <param name="Access">What is allowed; not <see cref="DeviceAccess.None"/>.</param>
public sealed record DeviceRule(DeviceKind Kind, int? Major, int? Minor, DeviceAccess Access)
{
    /// <summary>The rule as the devices controller of version 1 reads it: <c>c 1:3 rwm</c>.</summary>
    public override string ToString()
    {
        char kind = Kind switch { DeviceKind.Block => 'b', DeviceKind.Character => 'c', _ => 'a' };
        string read = Access.HasFlag(DeviceAccess.Read) ? "r" : "", write = Access.HasFlag(DeviceAccess.Write) ? "w" : "";
        string make = Access.HasFlag(DeviceAccess.MakeNode) ? "m" : "";
        return $"{kind} {Number(Major)}:{Number(Minor)} {read}{write}{make}";
    }

    internal void Validate()
    {
        // dev_t of the kernel: 12 bits of major, 20 bits of minor number.
        if (!Enum.IsDefined(Kind) || Major is < 0 or >= 1 << 12 || Minor is < 0 or >= 1 << 20
            || Access == DeviceAccess.None || (Access & ~DeviceAccess.All) != 0)
        {
            throw new ArgumentException(
                $"Devices has the rule \"{this}\"; allowed: a, b or c, major 0 to 4095 or *, minor 0 to 1048575 or *, some of rwm.");
        }
    }

    private static string Number(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "*";
}
