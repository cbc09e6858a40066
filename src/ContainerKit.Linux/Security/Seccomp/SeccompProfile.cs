using System.Collections.Immutable;

namespace ContainerKit.Linux.Security;

/// <summary>Which system calls a container may make: Docker's seccomp profile as a model.</summary>
/// <remarks>
/// A call is decided by the first rule without conditions on arguments that names it, or else by the first rule whose conditions hold, or
/// else by <see cref="DefaultAction"/>. That is what libseccomp makes of the same profile, except that it has no order among rules with
/// conditions. Two things are added, as runc adds them: where the default isn't permissive, calls newer than the newest that the rules name
/// fail with ENOSYS, for which C libraries have fallbacks; and calls of an architecture that isn't listed end the process.
/// </remarks>
public sealed record SeccompProfile
{
    private static readonly Lazy<SeccompProfile> LazyDefault = new(DefaultSeccompProfile.Create);

    /// <summary>Docker's default profile: what programs ordinarily need, more with more capabilities, EPERM for the rest.</summary>
    public static SeccompProfile Default => LazyDefault.Value;

    /// <summary>What happens to calls that no rule decides.</summary>
    public required SeccompAction DefaultAction { get; init; }

    /// <summary>
    /// The architectures whose calls the rules are for, by native architecture; the native one always is. Docker's <c>archMap</c>.
    /// </summary>
    public ImmutableArray<SeccompArchitectureMap> ArchitectureMaps { get; init; } = [];

    /// <summary>The same as a plain list, OCI's <c>architectures</c>: <c>SCMP_ARCH_*</c>. Those that the kernel doesn't run are ignored.</summary>
    public ImmutableArray<string> Architectures { get; init; } = [];

    /// <summary>The rules, in order.</summary>
    public ImmutableArray<SeccompRule> Rules { get; init; } = [];

    /// <summary>Flags for seccomp(2).</summary>
    public SeccompFilterFlags Flags { get; init; }

    /// <summary>Reads a profile in Docker's JSON form, which is also the <c>linux.seccomp</c> object of the OCI runtime specification.</summary>
    /// <param name="json">UTF-8 text.</param>
    /// <exception cref="FormatException">The text isn't a profile; the message says where and why.</exception>
    public static SeccompProfile Parse(ReadOnlySpan<byte> json) => SeccompProfileReader.Read(json);

    /// <summary>Compiles the profile for a container on the running kernel.</summary>
    /// <param name="capabilities">The container's bounding set: rules ask for it.</param>
    /// <returns>The program that seccomp(2) loads. The same for the same arguments: callers may keep it.</returns>
    /// <exception cref="InvalidOperationException">The rules need more than the 4096 instructions that the kernel takes.</exception>
    /// <exception cref="PlatformNotSupportedException">The machine is neither x86-64 nor arm64.</exception>
    public SeccompFilter Compile(CapabilitySet capabilities) => Compile(SeccompTarget.Current(capabilities));

    internal SeccompFilter Compile(SeccompTarget target) => SeccompCompiler.Compile(SeccompResolver.Resolve(this, target));
}
