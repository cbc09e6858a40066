using System.Diagnostics;
using System.Runtime.CompilerServices;
using ContainerKit.Linux.Launching;
using Xunit;

namespace ContainerKit.Linux.Tests.Launching;

public sealed class LaunchStubTests
{
    [Theory]
    [InlineData("stub-x64.S", "as", "objcopy", "--64")]
    [InlineData("stub-arm64.S", "aarch64-linux-gnu-as", "aarch64-linux-gnu-objcopy", "-march=armv8-a")]
    public void Bytes_are_the_assembled_source(string source, string assembler, string objcopy, string option)
    {
        string file = Path.Combine(SourceDirectory(), "../../../src/ContainerKit.Linux/Launching/Stub", source);
        ReadOnlySpan<byte> expected = source.Contains("x64", StringComparison.Ordinal) ? LaunchStub.X64 : LaunchStub.Arm64;
        DirectoryInfo directory = Directory.CreateTempSubdirectory("ck-stub-");
        try
        {
            string objectFile = Path.Combine(directory.FullName, "stub.o");
            string binary = Path.Combine(directory.FullName, "stub.bin");
            Run(assembler, option, "-o", objectFile, file);
            Run(objcopy, "-O", "binary", "-j", ".text", objectFile, binary);
            Assert.Equal(expected.ToArray(), File.ReadAllBytes(binary));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            Assert.Skip($"missing capability: {program} (binutils)");
        }

        using Process process = Process.Start(path, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static string SourceDirectory([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
