using System.Globalization;
using System.Net;

namespace ContainerKit.Networks.Host;

/// <summary>Docker's options of networks, read and checked.</summary>
internal sealed record BridgeOptions(int? Mtu, bool ContainersMayTalk, bool Masquerades, IPAddress? HostBinding)
{
    internal const string Name = "com.docker.network.bridge.name";
    internal const string MtuOption = "com.docker.network.driver.mtu";
    internal const string TalkOption = "com.docker.network.bridge.enable_icc";
    internal const string MasqueradeOption = "com.docker.network.bridge.enable_ip_masquerade";
    internal const string HostBindingOption = "com.docker.network.bridge.host_binding_ipv4";

    /// <summary>Three characters and twelve digits of the id are all that a name has room for.</summary>
    internal const string NamePrefix = "ck-";

    /// <summary>IPv6 needs 1280, IPv4 68; a loopback has 65536.</summary>
    private const int SmallestMtu = 68;
    private const int LargestMtu = 65535;

    internal static BridgeOptions Read(IReadOnlyDictionary<string, string> options) => new(
        options.TryGetValue(MtuOption, out string? mtu) ? ReadMtu(mtu) : null,
        ReadBoolean(options, TalkOption),
        ReadBoolean(options, MasqueradeOption),
        options.TryGetValue(HostBindingOption, out string? address)
            ? IPAddress.TryParse(address, out IPAddress? parsed) ? parsed : throw Invalid(HostBindingOption, address, "an IP address of this machine")
            : null);

    internal static ArgumentException Invalid(string option, object? value, string allowed) => new($"{option} '{value}' is not allowed: expected {allowed}.");

    private static int? ReadMtu(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int mtu) && mtu is 0 or (>= SmallestMtu and <= LargestMtu)
            ? mtu == 0 ? null : mtu
            : throw Invalid(MtuOption, text, $"{SmallestMtu} to {LargestMtu}");

    private static bool ReadBoolean(IReadOnlyDictionary<string, string> options, string name)
        => !options.TryGetValue(name, out string? text) || (bool.TryParse(text, out bool value) ? value : throw Invalid(name, text, "true or false"));
}
