using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Launching;
using Xunit;

namespace ContainerKit.Linux.Tests.Launching;

/// <summary>The image as a program of its own: natively, and for the other architecture through qemu's user mode.</summary>
public sealed class LaunchImageTests
{
    [Theory]
    [InlineData(Architecture.X64)]
    [InlineData(Architecture.Arm64)]
    public void Stub_tolerates_jumps_stores_and_adds(Architecture architecture)
    {
        LaunchProgramBuilder builder = new(architecture);
        LaunchOperation missing = builder.Call("openat", -100, builder.Text("/does/not/exist"), 0, 0).Tolerate(Errno.EACCES, Errno.ENOTDIR, Errno.ENOENT);
        LaunchLabel isMissing = builder.DefineLabel();
        builder.JumpIfEqual(missing.Result, -(long)Errno.ENOENT, isMissing);
        builder.Call("exit_group", 1);
        builder.Mark(isMissing);

        // Three times round a loop: a variable is counted down, a line is written each time.
        LaunchVariable count = builder.Variable("count", 3);
        LaunchLabel again = builder.DefineLabel();
        builder.Mark(again);
        builder.Call("write", 1, builder.Text("round\n"), 6);
        LaunchOperation left = builder.Sum(count.Value, -1);
        builder.Store(count, left.Result);
        builder.JumpIfNotEqual(count.Value, 0, again);
        LaunchOperation five = builder.And(0x75, 0x0F);
        LaunchOperation seven = builder.Sum(five.Result, 2);
        builder.Call("exit_group", seven.Result);

        (int exitCode, string output, byte[] reports) = Run(builder.Build());

        Assert.Equal((7, "round\nround\nround\n"), (exitCode, output));
        Assert.Empty(reports);
    }

    [Theory]
    [InlineData(Architecture.X64)]
    [InlineData(Architecture.Arm64)]
    public void Stub_reports_the_operation_that_failed_and_its_error(Architecture architecture)
    {
        LaunchProgramBuilder builder = new(architecture);
        builder.Call("getpid");
        builder.Stage("here").MakeDirectory("/does/not/exist/at/all");
        LaunchProgram program = builder.Build();

        (int exitCode, _, byte[] reports) = Run(program);

        Assert.Equal((127, 16), (exitCode, reports.Length));
        LaunchException failure = program.Failure(BinaryPrimitives.ReadInt64LittleEndian(reports), BinaryPrimitives.ReadInt64LittleEndian(reports.AsSpan(8)));
        Assert.Equal(("here", "mkdirat", Errno.ENOENT), (failure.Stage, failure.Failure.Syscall, failure.Failure.Errno));
    }

    private static (int ExitCode, string Output, byte[] Reports) Run(LaunchProgram program)
    {
        string emulator = "";
        if (program.Architecture != RuntimeInformation.ProcessArchitecture)
        {
            emulator = program.Architecture == Architecture.Arm64 ? "/usr/bin/qemu-aarch64-static" : "/usr/bin/qemu-x86_64-static";
            if (!File.Exists(emulator))
            {
                Assert.Skip($"missing capability: {emulator} (package qemu-user-static)");
            }
        }

        DirectoryInfo directory = Directory.CreateTempSubdirectory("ck-image-");
        try
        {
            string file = Path.Combine(directory.FullName, "program");
            string reports = Path.Combine(directory.FullName, "reports");
            using (FileStream stream = File.Create(file))
            {
                foreach (LaunchImage.Segment segment in LaunchImage.Assemble(program))
                {
                    stream.Position = segment.Offset;
                    stream.Write(segment.Content.Span);
                }
            }

            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"{emulator} {file} 3>{reports}"]) { RedirectStandardOutput = true })!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, File.ReadAllBytes(reports));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
