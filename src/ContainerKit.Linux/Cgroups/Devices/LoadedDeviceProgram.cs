using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using ContainerKit.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Cgroups.Devices;

/// <summary>
/// A device program in the kernel, bpf(2). It can be attached to any number of cgroups and lives as long as one of them does.
/// </summary>
internal sealed unsafe class LoadedDeviceProgram : IDisposable
{
    private const int ProgramLoad = 5, ProgramAttach = 8;
    private const uint CgroupDeviceProgram = 15, CgroupDeviceAttach = 6, AllowMulti = 2;

    private readonly SafeFileHandle _program;

    private LoadedDeviceProgram(SafeFileHandle program) => _program = program;

    /// <summary>More than signals can come one after another.</summary>
    private const int MaxAttempts = 1000;

    private static nint BpfCall => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 321,
        Architecture.Arm64 => 280,
        Architecture other => throw new PlatformNotSupportedException($"bpf(2) on {other}"),
    };

    /// <summary>Loads the program of a policy. Needs CAP_BPF (CAP_SYS_ADMIN before Linux 5.8) in the initial user namespace.</summary>
    internal static LoadedDeviceProgram Load(DevicePolicy policy)
    {
        ulong[] instructions = [.. DeviceProgram.Assemble(policy).Select(instruction => instruction.Encode())];
        int descriptor = Load(instructions, []);
        if (descriptor >= 0)
            return new LoadedDeviceProgram(new SafeFileHandle(descriptor, ownsHandle: true));

        Errno error = (Errno)Marshal.GetLastPInvokeError();
        if (error is not (Errno.EINVAL or Errno.EACCES))
            throw new LinuxException("bpf BPF_PROG_LOAD", error);

        // The log costs time, so it is written only by a second attempt.
        byte[] log = new byte[64 << 10];
        descriptor = Load(instructions, log);
        if (descriptor >= 0)
            return new LoadedDeviceProgram(new SafeFileHandle(descriptor, ownsHandle: true));

        error = (Errno)Marshal.GetLastPInvokeError();
        int end = Array.IndexOf(log, (byte)0);
        string text = Encoding.UTF8.GetString(log, 0, end < 0 ? log.Length : end).Trim();
        throw new LinuxException($"bpf BPF_PROG_LOAD (verifier: {(text.Length == 0 ? "no log" : text)})", error);
    }

    /// <summary>Restricts a cgroup of version 2 and its descendants, in addition to what its ancestors restrict.</summary>
    internal void AttachTo(SafeFileHandle cgroup, string path)
    {
        bool cgroupAdded = false, programAdded = false;
        try
        {
            cgroup.DangerousAddRef(ref cgroupAdded);
            _program.DangerousAddRef(ref programAdded);
            AttachAttributes attributes = new()
            {
                Target = (uint)cgroup.DangerousGetHandle(),
                Program = (uint)_program.DangerousGetHandle(),
                Kind = CgroupDeviceAttach,
                Flags = AllowMulti,
            };
            if (LibC.Cgroups.syscall(BpfCall, ProgramAttach, (nint)(&attributes), Unsafe.SizeOf<AttachAttributes>(), 0) < 0)
                throw LinuxException.FromLastError("bpf BPF_PROG_ATTACH", path);
        }
        finally
        {
            if (programAdded)
                _program.DangerousRelease();
            if (cgroupAdded)
                cgroup.DangerousRelease();
        }
    }

    public void Dispose() => _program.Dispose();

    private static int Load(ReadOnlySpan<ulong> instructions, Span<byte> log)
    {
        fixed (ulong* code = instructions)
        fixed (byte* license = "MIT\0"u8, logStart = log)
        {
            LoadAttributes attributes = new()
            {
                Kind = CgroupDeviceProgram,
                Count = (uint)instructions.Length,
                Instructions = (ulong)code,
                License = (ulong)license,
                LogLevel = log.IsEmpty ? 0u : 1u,
                LogSize = (uint)log.Length,
                Log = (ulong)logStart,
            };

            // The verifier gives up when a signal is pending, and a .NET process sends itself signals (to stop its threads for a collection).
            for (int attempt = 1; ; attempt++)
            {
                int descriptor = (int)LibC.Cgroups.syscall(BpfCall, ProgramLoad, (nint)(&attributes), Unsafe.SizeOf<LoadAttributes>(), 0);
                if (descriptor >= 0 || attempt == MaxAttempts || (Errno)Marshal.GetLastPInvokeError() != Errno.EAGAIN)
                    return descriptor;
            }
        }
    }

    /// <summary>The part of union bpf_attr for BPF_PROG_LOAD; the kernel takes what is not passed as zero.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LoadAttributes
    {
        internal uint Kind;
        internal uint Count;
        internal ulong Instructions;
        internal ulong License;
        internal uint LogLevel;
        internal uint LogSize;
        internal ulong Log;
        internal uint KernelVersion;
        internal uint Flags;
    }

    /// <summary>The part of union bpf_attr for BPF_PROG_ATTACH.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct AttachAttributes
    {
        internal uint Target;
        internal uint Program;
        internal uint Kind;
        internal uint Flags;
    }
}
