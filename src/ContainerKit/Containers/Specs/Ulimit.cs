namespace ContainerKit;

/// <summary>A resource limit of a container's processes, getrlimit(2).</summary>
/// <param name="Soft">The limit that the kernel enforces, in the resource's unit; <see cref="Unlimited"/> for none.</param>
/// <param name="Hard">Up to where the process may raise the soft limit; at least <paramref name="Soft"/>.</param>
public readonly record struct Ulimit(long Soft, long Hard)
{
    /// <summary>No limit, RLIM_INFINITY.</summary>
    public const long Unlimited = -1;

    internal ulong SoftValue => Soft == Unlimited ? ulong.MaxValue : (ulong)Soft;

    internal ulong HardValue => Hard == Unlimited ? ulong.MaxValue : (ulong)Hard;
}
