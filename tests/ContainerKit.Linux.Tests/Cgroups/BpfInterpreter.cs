using ContainerKit.Linux.Cgroups.Devices;

namespace ContainerKit.Linux.Tests.Cgroups;

/// <summary>Runs encoded instructions as the kernel would, for the few that device programs use. Anything else fails the test.</summary>
internal static class BpfInterpreter
{
    internal static ulong Run(IReadOnlyList<ulong> program, DeviceKind kind, DeviceAccess access, uint major, uint minor)
    {
        uint[] context = [((uint)access << 16) | (uint)kind, major, minor];
        ulong?[] registers = new ulong?[11];
        int next = 0;
        while (true)
        {
            ulong word = program[next++];
            byte opcode = (byte)word;
            int destination = (int)(word >> 8) & 0xf, source = (int)(word >> 12) & 0xf;
            short offset = (short)(word >> 16);
            ulong immediate = (ulong)(long)(int)(word >> 32);
            switch (opcode)
            {
                case 0x61: // *(u32 *)(context + offset); the context is R1, which is never written
                    Xunit.Assert.Equal((1, 0), (source, offset % 4));
                    registers[destination] = context[offset / 4];
                    break;
                case 0xbf:
                    registers[destination] = registers[source]!.Value;
                    break;
                case 0xb7:
                    registers[destination] = immediate;
                    break;
                case 0x57:
                    registers[destination] = registers[destination]!.Value & immediate;
                    break;
                case 0x77:
                    registers[destination] = registers[destination]!.Value >> (int)immediate;
                    break;
                case 0x55:
                    next += registers[destination]!.Value != immediate ? offset : 0;
                    break;
                case 0x5d:
                    next += registers[destination]!.Value != registers[source]!.Value ? offset : 0;
                    break;
                case 0x95:
                    return registers[0]!.Value;
                default:
                    throw new InvalidOperationException($"opcode {opcode:x2}");
            }

            Xunit.Assert.Null(registers[1]);
        }
    }
}
