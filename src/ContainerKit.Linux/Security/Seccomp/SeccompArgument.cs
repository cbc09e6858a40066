namespace ContainerKit.Linux.Security;

/// <summary>A condition on one argument of a system call.</summary>
/// <remarks>
/// Pointers can't be followed: the condition is on the register. The whole 64 bits are compared, also where the call itself reads 32 of them,
/// so that a deny rule on an <c>int</c> should use <see cref="SeccompOperator.MaskedEqual"/> with a 32-bit mask.
/// </remarks>
/// <param name="Index">Which argument, from 0 to 5.</param>
/// <param name="Operator">How it is compared.</param>
/// <param name="Value">What it is compared with; the mask of <see cref="SeccompOperator.MaskedEqual"/>.</param>
/// <param name="ValueTwo">What the masked argument is compared with; unused by the other operators.</param>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="Index"/> isn't that of an argument.</exception>
public sealed record SeccompArgument(int Index, SeccompOperator Operator, ulong Value, ulong ValueTwo = 0)
{
    /// <summary>Which argument, from 0 to 5.</summary>
    public int Index { get; } = Index is >= 0 and <= 5
        ? Index
        : throw new ArgumentOutOfRangeException(nameof(Index), Index, "A system call has the arguments 0 to 5.");
}
