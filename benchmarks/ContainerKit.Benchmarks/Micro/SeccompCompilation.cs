using BenchmarkDotNet.Attributes;
using ContainerKit.Linux.Security;

namespace ContainerKit.Benchmarks.Micro;

/// <summary>Compiling the default seccomp profile to BPF for the capabilities of a container.</summary>
[MemoryDiagnoser]
public class SeccompCompilation
{
    private readonly SeccompProfile _profile = SeccompProfile.Default;

    [Benchmark]
    public SeccompFilter CompileDefaultProfile() => _profile.Compile(CapabilitySet.Default);
}
