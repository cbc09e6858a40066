using System.Buffers.Binary;
using System.Collections.Immutable;

namespace ContainerKit.Linux.Launching;

/// <summary>Writes steps in the form that the stub reads.</summary>
internal static class LaunchEncoder
{
    /// <summary>Header and table, as they stand at <see cref="LaunchLayout.TableAddress"/>.</summary>
    internal static byte[] EncodeTable(ImmutableArray<LaunchStep> steps, long tableAddress)
    {
        byte[] table = new byte[LaunchLayout.HeaderSize + (steps.Length * LaunchLayout.OperationSize)];
        BinaryPrimitives.WriteInt64LittleEndian(table, LaunchLayout.ReportDescriptor);
        for (int i = 0; i < steps.Length; i++)
        {
            Encode(steps[i], i, tableAddress, table.AsSpan(LaunchLayout.HeaderSize + (i * LaunchLayout.OperationSize), LaunchLayout.OperationSize));
        }

        return table;
    }

    /// <summary>One operation that stands at position <paramref name="index"/>.</summary>
    private static void Encode(in LaunchStep step, int index, long tableAddress, Span<byte> target)
    {
        BinaryPrimitives.WriteInt64LittleEndian(target, step.Number);
        byte indirect = 0;
        for (int i = 0; i < step.Arguments.Length; i++)
        {
            LaunchArgument argument = step.Arguments[i];
            BinaryPrimitives.WriteInt64LittleEndian(target[(LaunchLayout.ArgumentsOffset + (i * 8))..], argument.Value);
            indirect |= (byte)(argument.IsIndirect ? 1 << i : 0);
        }

        if (step.IsJump)
        {
            long displacement = step.TargetAddress != 0
                ? step.TargetAddress - LaunchLayout.OperationAddress(tableAddress, index)
                : (long)(step.TargetIndex - index) * LaunchLayout.OperationSize;
            BinaryPrimitives.WriteInt64LittleEndian(target[(LaunchLayout.ArgumentsOffset + 16)..], displacement);
        }

        target[LaunchLayout.IndirectMaskOffset] = indirect;
        target[LaunchLayout.FlagsOffset] = step.ToleratesAll ? LaunchLayout.TolerateAllFlag : (byte)0;
        for (int i = 0; !step.Tolerated.IsDefault && i < step.Tolerated.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(target[(LaunchLayout.ToleratedOffset + (i * 2))..], (ushort)step.Tolerated[i]);
        }
    }
}
