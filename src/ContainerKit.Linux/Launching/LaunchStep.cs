using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace ContainerKit.Linux.Launching;

/// <summary>One operation as the builder knows it: what is encoded, and what is printed.</summary>
internal readonly struct LaunchStep
{
    internal required int Number { get; init; }

    internal required string Name { get; init; }

    /// <summary>The phase of the launch that it belongs to.</summary>
    internal required string Stage { get; init; }

    internal required ImmutableArray<LaunchArgument> Arguments { get; init; }

    /// <summary>What a failure of the operation is about: a path mostly.</summary>
    internal string? Subject { get; init; }

    internal ImmutableArray<Errno> Tolerated { get; init; }

    internal bool ToleratesAll { get; init; }

    /// <summary>For jumps: the label's id.</summary>
    internal int Target { get; init; }

    /// <summary>For jumps, once the program is complete: the operation that they lead to.</summary>
    internal int TargetIndex { get; init; }

    /// <summary>For jumps out of the program: where to.</summary>
    internal long TargetAddress { get; init; }

    internal bool IsJump => Number is (int)LaunchControl.JumpIfEqual or (int)LaunchControl.JumpIfNotEqual;

    public override string ToString()
    {
        StringBuilder text = new(Name);
        text.Append('(').AppendJoin(", ", Arguments.Select(a => a.Text)).Append(')');
        if (IsJump)
        {
            _ = TargetAddress == 0 ? text.Append(" -> %").Append(TargetIndex) : text.Append(CultureInfo.InvariantCulture, $" -> 0x{TargetAddress:x}");
        }

        if (ToleratesAll)
        {
            text.Append(" ?");
        }
        else if (!Tolerated.IsDefaultOrEmpty)
        {
            text.Append(" ? ").AppendJoin(' ', Tolerated);
        }

        return text.ToString();
    }
}
