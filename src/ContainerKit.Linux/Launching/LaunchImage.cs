using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ContainerKit.Linux.Launching;

/// <summary>The static ELF executable of a program: the stub, the table and the data in three segments. See elf(5).</summary>
internal static class LaunchImage
{
    private const int ElfHeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const uint ReadWrite = 6;
    private const uint ReadExecute = 5;

    /// <summary>Where a piece of the image stands in the file.</summary>
    internal readonly record struct Segment(long Offset, ReadOnlyMemory<byte> Content);

    /// <summary>The file's pieces; what lies between them stays a hole.</summary>
    internal static Segment[] Assemble(LaunchProgram program)
    {
        // Segments begin on a page of their own; arm64 kernels may use pages of 64 KiB.
        int align = program.Architecture == Architecture.Arm64 ? 0x10000 : 0x1000;
        ReadOnlySpan<byte> stub = LaunchStub.For(program.Architecture);
        long tableOffset = align;
        long dataOffset = tableOffset + Align(program.Table.Length, align);

        byte[] head = new byte[ElfHeaderSize + (4 * ProgramHeaderSize) + stub.Length];
        int codeOffset = ElfHeaderSize + (4 * ProgramHeaderSize);
        WriteElfHeader(head, program.Architecture, LaunchLayout.CodeAddress + codeOffset);
        Span<byte> headers = head.AsSpan(ElfHeaderSize);
        WriteLoad(headers, ReadExecute, 0, LaunchLayout.CodeAddress, head.Length, align);
        WriteLoad(headers[ProgramHeaderSize..], ReadWrite, tableOffset, LaunchLayout.TableAddress, program.Table.Length, align);
        WriteLoad(headers[(2 * ProgramHeaderSize)..], ReadWrite, dataOffset, LaunchLayout.DataAddress, program.Data.Length, align);
        WriteGnuStack(headers[(3 * ProgramHeaderSize)..]);
        stub.CopyTo(head.AsSpan(codeOffset));
        return [new(0, head), new(tableOffset, program.Table), new(dataOffset, program.Data)];
    }

    private static long Align(long value, int align) => (value + align - 1) / align * align;

    private static void WriteElfHeader(Span<byte> header, Architecture architecture, long entry)
    {
        ReadOnlySpan<byte> identification = [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        identification.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header[16..], 2); // ET_EXEC
        BinaryPrimitives.WriteUInt16LittleEndian(header[18..], architecture == Architecture.X64 ? (ushort)62 : (ushort)183); // EM_X86_64, EM_AARCH64
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], 1);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], entry);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], ElfHeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header[52..], ElfHeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header[54..], ProgramHeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header[56..], 4);
        BinaryPrimitives.WriteUInt16LittleEndian(header[58..], 64);
    }

    private static void WriteLoad(Span<byte> header, uint flags, long offset, long address, int size, int align)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, 1); // PT_LOAD
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], flags);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], offset);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], address);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], address);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], size);

        // A page more in memory than in the file would be zeroed for us; an empty data segment must not be empty in memory.
        BinaryPrimitives.WriteInt64LittleEndian(header[40..], Math.Max(size, 8));
        BinaryPrimitives.WriteInt64LittleEndian(header[48..], align);
    }

    private static void WriteGnuStack(Span<byte> header)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x6474E551); // PT_GNU_STACK: no executable stack
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], ReadWrite);
    }
}
