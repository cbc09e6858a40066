using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Launching;

/// <summary>
/// Builds a <see cref="LaunchProgram"/>. Operations run in the order in which they are added; one that fails with an error that it does not
/// tolerate ends the new process and is reported to its starter by name.
/// </summary>
/// <remarks>Not thread-safe; a builder makes one program.</remarks>
public sealed partial class LaunchProgramBuilder
{
    private readonly List<LaunchStep> _steps = new(192);
    private readonly List<int> _labels = [];
    private readonly Dictionary<string, long> _strings = new(StringComparer.Ordinal);
    private readonly SyscallTable _syscalls;
    private readonly Architecture _architecture;
    private readonly long _tableAddress;
    private readonly long _dataAddress;
    private byte[] _data = new byte[4096];
    private int _dataLength;
    private string _stage = "start";

    /// <summary>Starts an empty program for the machine's own architecture.</summary>
    public LaunchProgramBuilder()
        : this(RuntimeInformation.ProcessArchitecture)
    {
    }

    /// <summary>Starts an empty program.</summary>
    /// <param name="architecture">x64 or arm64.</param>
    /// <exception cref="PlatformNotSupportedException">There is no stub for the architecture.</exception>
    public LaunchProgramBuilder(Architecture architecture)
        : this(architecture, LaunchLayout.TableAddress, LaunchLayout.DataAddress)
    {
    }

    /// <summary>Starts a program that stands at other addresses: a batch for a process that runs already.</summary>
    internal LaunchProgramBuilder(Architecture architecture, long tableAddress, long dataAddress)
    {
        _tableAddress = tableAddress;
        _dataAddress = dataAddress;
        _ = LaunchStub.For(architecture);
        _architecture = architecture;
        _syscalls = SyscallTable.Get(architecture == Architecture.X64 ? SyscallArchitecture.X64 : SyscallArchitecture.Arm64);
    }

    /// <summary>Names the phase that the following operations belong to; errors carry it.</summary>
    /// <param name="name">A short name: <c>mounts</c>.</param>
    /// <returns>This builder.</returns>
    public LaunchProgramBuilder Stage(string name)
    {
        _stage = name;
        return this;
    }

    /// <summary>Adds any system call.</summary>
    /// <param name="name">The kernel's name of the call.</param>
    /// <param name="arguments">Six at most.</param>
    /// <returns>The operation.</returns>
    /// <exception cref="ArgumentException">There is no such call on the architecture.</exception>
    public LaunchOperation Call(string name, params ReadOnlySpan<LaunchArgument> arguments) => CallAbout(null, name, arguments);

    /// <summary>A place that later <see cref="Mark"/> fixes.</summary>
    /// <returns>A new label.</returns>
    public LaunchLabel DefineLabel()
    {
        _labels.Add(-1);
        return new LaunchLabel(_labels.Count - 1);
    }

    /// <summary>Fixes <paramref name="label"/> at the next operation.</summary>
    /// <param name="label">From <see cref="DefineLabel"/>; marked once.</param>
    /// <returns>This builder.</returns>
    public LaunchProgramBuilder Mark(LaunchLabel label)
    {
        if (_labels[label.Id] >= 0)
        {
            throw new InvalidOperationException("The label is marked already.");
        }

        _labels[label.Id] = _steps.Count;
        return this;
    }

    /// <summary>Goes on at <paramref name="target"/> when both values are equal.</summary>
    /// <param name="left">A number or result.</param>
    /// <param name="right">A number or result.</param>
    /// <param name="target">Before or after this operation.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation JumpIfEqual(LaunchArgument left, LaunchArgument right, LaunchLabel target)
        => Jump(LaunchControl.JumpIfEqual, "jump_if_equal", left, right, target);

    /// <summary>Goes on at <paramref name="target"/> when the values differ.</summary>
    /// <param name="left">A number or result.</param>
    /// <param name="right">A number or result.</param>
    /// <param name="target">Before or after this operation.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation JumpIfNotEqual(LaunchArgument left, LaunchArgument right, LaunchLabel target)
        => Jump(LaunchControl.JumpIfNotEqual, "jump_if_not_equal", left, right, target);

    /// <summary>Ends the process and reports <paramref name="errno"/> for this operation.</summary>
    /// <param name="errno">What is reported.</param>
    /// <param name="subject">What the failure is about, or null.</param>
    /// <param name="name">How the failed step is called.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation Fail(Errno errno, string? subject = null, string name = "fail")
        => Add((int)LaunchControl.Fail, name, [LaunchArgument.Flags(errno)], subject);

    /// <summary>The sum of two values, as a result.</summary>
    /// <param name="left">A number or result.</param>
    /// <param name="right">A number or result.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation Sum(LaunchArgument left, LaunchArgument right) => Add((int)LaunchControl.Add, "add", [left, right]);

    /// <summary>The bits that two values share, as a result.</summary>
    /// <param name="left">A number or result.</param>
    /// <param name="right">A number or result.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation And(LaunchArgument left, LaunchArgument right) => Add((int)LaunchControl.And, "and", [left, right]);

    /// <summary>The finished program.</summary>
    /// <returns>A program that can be started any number of times.</returns>
    /// <exception cref="InvalidOperationException">A label was never marked, or the program is too long (14,562 operations).</exception>
    public LaunchProgram Build()
    {
        if (_steps.Count > LaunchLayout.MaxOperations)
        {
            throw new InvalidOperationException($"A launch program has at most {LaunchLayout.MaxOperations} operations; this one has {_steps.Count}.");
        }

        for (int i = 0; i < _steps.Count; i++)
        {
            if (_steps[i].IsJump && _steps[i].TargetAddress == 0)
            {
                int target = _labels[_steps[i].Target];
                _steps[i] = _steps[i] with { TargetIndex = target >= 0 ? target : throw new InvalidOperationException("A label was never marked.") };
            }
        }

        ImmutableArray<LaunchStep> steps = [.. _steps];
        return new LaunchProgram(_architecture, steps, _tableAddress, LaunchEncoder.EncodeTable(steps, _tableAddress), _data.AsSpan(0, _dataLength).ToArray()) { IsSupervised = _childPidAddress != 0 };
    }

    /// <summary>A zero-terminated string in the program's data; equal strings share one place.</summary>
    /// <param name="value">Must not hold a zero character.</param>
    /// <returns>Its address.</returns>
    public LaunchArgument Text(string value) => LaunchArgument.Address(Place(value), Quote(value));

    /// <summary>Bytes in the program's data, 8-byte aligned.</summary>
    /// <param name="bytes">Copied.</param>
    /// <param name="description">What the printed program shows, for instance <c>{nofile, 1024}</c>.</param>
    /// <returns>Their address.</returns>
    public LaunchArgument Bytes(ReadOnlySpan<byte> bytes, string description) => LaunchArgument.Address(Place(bytes), description);

    /// <summary>A zeroed 64-bit variable in the program's data, printed as <paramref name="name"/>.</summary>
    /// <param name="name">How the printed program calls it.</param>
    /// <param name="initial">Its first value.</param>
    /// <returns>The variable.</returns>
    internal LaunchVariable Variable(string name, long initial = 0)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, initial);
        return new LaunchVariable(Place(bytes), name);
    }

    /// <summary>A variable outside the program's own data.</summary>
    internal static LaunchVariable VariableAt(long address, string name) => new(address, name);

    /// <summary>Sets a variable at run time.</summary>
    internal LaunchOperation Store(LaunchVariable variable, LaunchArgument value)
        => Add((int)LaunchControl.Store64, "store", [variable.Address, value]);

    /// <summary>Sets the 32 bits at an address at run time: descriptors inside structures.</summary>
    internal LaunchOperation Store32(LaunchArgument address, LaunchArgument value)
        => Add((int)LaunchControl.Store32, "store32", [address, value]);

    /// <summary>Goes on at an address outside this program.</summary>
    internal LaunchOperation JumpToAddress(long address)
    {
        LaunchOperation operation = Add((int)LaunchControl.JumpIfEqual, "jump", [0, 0]);
        _steps[operation.Index] = _steps[operation.Index] with { TargetAddress = address };
        return operation;
    }

    /// <summary>The address of the next operation.</summary>
    internal long NextAddress => LaunchLayout.OperationAddress(_tableAddress, _steps.Count);

    /// <summary>Bytes of data so far.</summary>
    internal int DataLength => _dataLength;

    internal long ResultAddress(int index) => LaunchLayout.OperationAddress(_tableAddress, index) + LaunchLayout.ResultOffset;

    internal void Tolerate(int index, ReadOnlySpan<Errno> errors)
    {
        if (errors.Length is 0 or > 3)
        {
            throw new ArgumentException("An operation tolerates one to three errors.", nameof(errors));
        }

        _steps[index] = _steps[index] with { Tolerated = [.. errors] };
    }

    internal void TolerateAll(int index) => _steps[index] = _steps[index] with { ToleratesAll = true };

    internal long Place(ReadOnlySpan<byte> bytes)
    {
        int start = (_dataLength + 7) & ~7;
        EnsureCapacity(start + bytes.Length);
        bytes.CopyTo(_data.AsSpan(start));
        _dataLength = start + bytes.Length;
        return _dataAddress + start;
    }

    private static string Quote(string value) => value.Length <= 512 ? $"\"{value}\"" : $"\"{value.AsSpan(0, 509)}…\"";

    private LaunchOperation CallAbout(string? subject, string name, params ReadOnlySpan<LaunchArgument> arguments)
    {
        if (!_syscalls.TryGetNumber(name, out int number))
        {
            throw new ArgumentException($"There is no system call '{name}' on {_architecture}.", nameof(name));
        }

        return Add(number, name, [.. arguments], subject);
    }

    private LaunchOperation Jump(LaunchControl control, string name, LaunchArgument left, LaunchArgument right, LaunchLabel target)
    {
        LaunchOperation operation = Add((int)control, name, [left, right]);
        _steps[operation.Index] = _steps[operation.Index] with { Target = target.Id };
        return operation;
    }

    private LaunchOperation Add(int number, string name, ImmutableArray<LaunchArgument> arguments, string? subject = null)
    {
        if (arguments.Length > 6)
        {
            throw new ArgumentException("A system call takes at most six arguments.", nameof(arguments));
        }

        _steps.Add(new LaunchStep { Number = number, Name = name, Stage = _stage, Arguments = arguments, Subject = subject });
        return new LaunchOperation(this, _steps.Count - 1);
    }

    private long Place(string value)
    {
        if (_strings.TryGetValue(value, out long address))
        {
            return address;
        }

        // A zero inside would silently cut a path, and what is left could be another, existing one.
        if (value.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException($"A string for the kernel can't hold a zero character: \"{value.Replace("\0", "\\0", StringComparison.Ordinal)}\".", nameof(value));
        }

        int length = Encoding.UTF8.GetByteCount(value);
        int start = _dataLength;
        EnsureCapacity(start + length + 1);
        Encoding.UTF8.GetBytes(value, _data.AsSpan(start));
        _data[start + length] = 0;
        _dataLength = start + length + 1;
        address = _dataAddress + start;
        _strings.Add(value, address);
        return address;
    }

    private void EnsureCapacity(int length)
    {
        if (length > _data.Length)
        {
            Array.Resize(ref _data, Math.Max(length, _data.Length * 2));
        }
    }
}
