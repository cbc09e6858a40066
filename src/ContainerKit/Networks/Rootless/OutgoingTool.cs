using System.Collections.Immutable;
using System.Globalization;

namespace ContainerKit.Networks.Rootless;

/// <summary>A program that connects a network namespace to the host's network without privileges. It writes a line when it is ready.</summary>
/// <param name="Name">As it is called.</param>
/// <param name="Package">The package that has it, in Debian and most others.</param>
/// <param name="Arguments">For a process whose namespaces are connected.</param>
internal sealed record OutgoingTool(string Name, string Package, Func<int, ImmutableArray<string>> Arguments)
{
    /// <summary>The interface that leads out.</summary>
    internal const string Interface = "out0";

    private static readonly string[] s_directories = ["/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin"];

    /// <summary>Those that are known, the better one first: pasta knows IPv6 and is faster.</summary>
    internal static ImmutableArray<OutgoingTool> All { get; } =
    [
        new("pasta", "passt", pid =>
        [
            "pasta", "--foreground", "--quiet", "--config-net", "--ns-ifname", Interface,

            // Ports are published by this engine, and what listens on the host's loopback only is none of the containers' business.
            "--no-map-gw", "-t", "none", "-u", "none", "-T", "none", "-U", "none",

            // An address of its own: with the host's, which it takes otherwise, the host could not be reached by that address.
            "-a", "10.0.2.100", "-n", "255.255.255.0", "-g", "10.0.2.2",
            "--pid", "/dev/stdout",
            "--userns", string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/user"),
            "--netns", string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/net"),
        ]),
        new("slirp4netns", "slirp4netns", pid =>
        [
            "slirp4netns", "--configure", "--mtu=65520", "--disable-host-loopback", "--disable-dns", "--ready-fd=1", "--netns-type=path",
            string.Create(CultureInfo.InvariantCulture, $"--userns-path=/proc/{pid}/ns/user"),
            string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/net"),
            Interface,
        ]),
    ];

    /// <summary>Where it may be; empty when it is not installed.</summary>
    internal ImmutableArray<string> FindPaths() => [.. s_directories.Select(directory => $"{directory}/{Name}").Where(File.Exists)];
}
