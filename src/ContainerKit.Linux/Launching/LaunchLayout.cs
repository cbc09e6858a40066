namespace ContainerKit.Linux.Launching;

/// <summary>Addresses and sizes that the stub and the assembler of its ELF image agree on; Stub/stub-x64.S describes them.</summary>
internal static class LaunchLayout
{
    internal const long CodeAddress = 0x400000;
    internal const long TableAddress = 0x500000;

    /// <summary>Data starts at a fixed distance, so that addresses are known while the table still grows.</summary>
    internal const long DataAddress = 0x600000;

    internal const int HeaderSize = 64;
    internal const int OperationSize = 72;
    internal const int MaxOperations = (int)((DataAddress - TableAddress - HeaderSize) / OperationSize);

    internal const int ArgumentsOffset = 8;
    internal const int IndirectMaskOffset = 56;
    internal const int FlagsOffset = 57;
    internal const int ToleratedOffset = 58;
    internal const int ResultOffset = 64;

    internal const byte TolerateAllFlag = 1;

    /// <summary>Descriptors in the started process: the report pipe, the lifeline, and what the caller passes on.</summary>
    internal const int ReportDescriptor = 3;
    internal const int LifelineDescriptor = 4;
    internal const int FirstInheritedDescriptor = 5;

    internal static long OperationAddress(long table, int index) => table + HeaderSize + ((long)index * OperationSize);

    /// <summary>The index of the operation at <paramref name="address"/> in a table, or -1 when it is not one.</summary>
    internal static int IndexOf(long table, long address)
    {
        long offset = address - table - HeaderSize;
        return offset >= 0 && offset % OperationSize == 0 && offset / OperationSize < MaxOperations ? (int)(offset / OperationSize) : -1;
    }
}
