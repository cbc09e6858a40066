using System.Runtime.InteropServices;
using ContainerKit.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Launching;

/// <summary>
/// Memory that a running launch program and its starter share. The starter writes further operations into it while the program waits, and
/// can read their results from there.
/// </summary>
internal sealed class LaunchMemory : IDisposable
{
    /// <summary>Where it stands in the launched process: far from the program itself.</summary>
    private const long Address = 0x10000000;

    private const int TableSize = 1 << 20;
    private const int Size = 2 << 20;

    private readonly SafeFileHandle _file;

    internal LaunchMemory()
    {
        _file = new(LinuxException.ThrowIfFailed(LibC.memfd_create("containerkit-batch", LibC.MfdCloexec), "memfd_create"), ownsHandle: true);
        RandomAccess.SetLength(_file, Size);
    }

    /// <summary>The address of its first byte.</summary>
    internal static long Start => Address;

    /// <summary>The address of the first operation that is written into it.</summary>
    internal static long FirstOperation => LaunchLayout.OperationAddress(Address, 0);

    /// <summary>What the launched process has to inherit.</summary>
    internal SafeHandle Descriptor => _file;

    /// <summary>Starts a program that is written into such memory.</summary>
    internal static LaunchProgramBuilder CreateBuilder() => new(RuntimeInformation.ProcessArchitecture, Address, Address + TableSize);

    /// <summary>Adds the operation by which the launched process gets the memory.</summary>
    /// <param name="builder">The program.</param>
    /// <param name="position">Of <see cref="Descriptor"/> among the inherited descriptors.</param>
    internal static void Map(LaunchProgramBuilder builder, int position)
    {
        const int ProtReadWrite = 3;
        const int MapSharedFixed = 0x11;
        builder.Call(
            "mmap", Address, Size, LaunchArgument.Named(ProtReadWrite, "PROT_READ|PROT_WRITE"), LaunchArgument.Named(MapSharedFixed, "MAP_SHARED|MAP_FIXED"),
            LaunchProgramBuilder.InheritedDescriptor(position), 0);
    }

    /// <summary>Allocates what an ordinary program needs, so that it need not be done when there is no time.</summary>
    internal void Reserve(int tableLength, int dataLength)
    {
        byte[] zeros = new byte[Math.Max(tableLength, dataLength)];
        RandomAccess.Write(_file, zeros.AsSpan(0, tableLength), 0);
        RandomAccess.Write(_file, zeros.AsSpan(0, dataLength), TableSize);
    }

    /// <summary>Writes single bytes at the beginning, for a program that looks at them before the first operations are written.</summary>
    internal void Write(ReadOnlySpan<byte> bytes) => RandomAccess.Write(_file, bytes, 0);

    /// <summary>Writes a program; the launched process waits meanwhile.</summary>
    /// <exception cref="InvalidOperationException">It is too long.</exception>
    internal void Write(LaunchProgram program)
    {
        if (program.Table.Length > TableSize || program.Data.Length > Size - TableSize)
        {
            throw new InvalidOperationException($"A program of {program.Count} operations and {program.Data.Length} bytes of data is too long.");
        }

        RandomAccess.Write(_file, program.Table, 0);
        RandomAccess.Write(_file, program.Data, TableSize);
    }

    /// <summary>What the table of the written program holds now.</summary>
    internal byte[] ReadTable(LaunchProgram program)
    {
        byte[] table = new byte[program.Table.Length];
        int length = RandomAccess.Read(_file, table, 0);
        return length == table.Length ? table : throw new IOException("The results of a batch could not be read.");
    }

    public void Dispose() => _file.Dispose();
}
