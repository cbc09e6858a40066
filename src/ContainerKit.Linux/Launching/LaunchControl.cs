namespace ContainerKit.Linux.Launching;

/// <summary>The control operations of the stub: negative numbers in the place of a system call.</summary>
internal enum LaunchControl
{
    JumpIfEqual = -1,
    JumpIfNotEqual = -2,
    Store64 = -3,
    Store32 = -4,
    Fail = -5,
    Add = -6,
    And = -7,
}
