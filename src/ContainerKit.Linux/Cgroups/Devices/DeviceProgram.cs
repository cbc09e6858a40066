namespace ContainerKit.Linux.Cgroups.Devices;

/// <summary>
/// Translates a policy to a program of type BPF_PROG_TYPE_CGROUP_DEVICE. The kernel runs it for every open and mknod of a device with a
/// struct bpf_cgroup_dev_ctx {u32 access_type, major, minor} in R1, and allows the access when it returns 1.
/// </summary>
internal static class DeviceProgram
{
    private const byte Result = 0, Context = 1, Kind = 2, Access = 3, Major = 4, Minor = 5, Scratch = 6;

    internal static IReadOnlyList<BpfInstruction> Assemble(DevicePolicy policy)
    {
        List<BpfInstruction> program =
        [
            BpfInstruction.Load(Kind, Context, 0),
            BpfInstruction.Move(Access, Kind),
            BpfInstruction.And(Kind, 0xffff), // access_type is (access << 16) | kind
            BpfInstruction.ShiftRight(Access, 16),
            BpfInstruction.Load(Major, Context, 4),
            BpfInstruction.Load(Minor, Context, 8),
        ];
        foreach (DeviceRule rule in policy.Rules)
        {
            program.AddRange(AssembleRule(rule));

            // The verifier refuses code that can't be reached, so nothing may follow a rule without a test.
            if (rule is { Kind: DeviceKind.Any, Major: null, Minor: null, Access: DeviceAccess.All })
                return program;
        }

        program.Add(BpfInstruction.Set(Result, 0));
        program.Add(BpfInstruction.Exit);
        return program;
    }

    /// <summary>Tests that jump to the next rule when they fail, then "return 1".</summary>
    private static List<BpfInstruction> AssembleRule(DeviceRule rule)
    {
        List<BpfInstruction> body = [];
        List<int> tests = [];
        if (rule.Kind != DeviceKind.Any)
            Test(BpfInstruction.JumpIfNotEqualImmediate, Kind, 0, (int)rule.Kind);
        if (rule.Access != DeviceAccess.All)
        {
            // Everything asked for must be allowed: (asked & allowed) == asked.
            body.Add(BpfInstruction.Move(Scratch, Access));
            body.Add(BpfInstruction.And(Scratch, (int)rule.Access));
            Test(BpfInstruction.JumpIfNotEqualRegister, Scratch, Access, 0);
        }

        if (rule.Major is { } major)
            Test(BpfInstruction.JumpIfNotEqualImmediate, Major, 0, major);
        if (rule.Minor is { } minor)
            Test(BpfInstruction.JumpIfNotEqualImmediate, Minor, 0, minor);

        body.Add(BpfInstruction.Set(Result, 1));
        body.Add(BpfInstruction.Exit);
        foreach (int index in tests)
            body[index] = body[index] with { Offset = (short)(body.Count - index - 1) };
        return body;

        void Test(byte opcode, byte destination, byte source, int immediate)
        {
            tests.Add(body.Count);
            body.Add(new BpfInstruction(opcode, destination, source, 0, immediate));
        }
    }
}
