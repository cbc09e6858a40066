using System.Globalization;
using System.Text;

namespace ContainerKit.Linux.Paths;

/// <summary>Names of files as the kernel has them: bytes without NUL and slash, which need not be UTF-8.</summary>
public static class FileName
{
    /// <summary>The longest name of one directory entry, in bytes (NAME_MAX).</summary>
    public const int MaxLength = 255;

    /// <summary>The longest path that one system call takes, in bytes, the terminating NUL included (PATH_MAX).</summary>
    public const int MaxPathLength = 4096;

    /// <summary>True for the name of one entry: not empty, not <c>.</c> or <c>..</c>, without slash and NUL, not too long.</summary>
    /// <param name="name">The name.</param>
    public static bool IsEntry(ReadOnlySpan<byte> name)
        => name.Length is > 0 and <= MaxLength && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8) && !name.ContainsAny((byte)'/', (byte)0);

    /// <summary>The name for messages: UTF-8 where it is, <c>\xHH</c> for other bytes and control characters. Not reversible.</summary>
    /// <param name="name">A name or path.</param>
    public static string Display(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder(name.Length);
        while (!name.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(name, out Rune rune, out int consumed) == System.Buffers.OperationStatus.Done;
            if (valid && !Rune.IsControl(rune))
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (byte value in name[..consumed])
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
                }
            }
            name = name[consumed..];
        }
        return text.ToString();
    }

    /// <summary>The name with its terminating NUL, in <paramref name="scratch"/> where it fits.</summary>
    /// <exception cref="ArgumentException">The name holds a NUL: the kernel would take another one.</exception>
    internal static ReadOnlySpan<byte> Terminate(ReadOnlySpan<byte> name, Span<byte> scratch)
    {
        if (name.Contains((byte)0))
        {
            throw new ArgumentException($"A file name can't hold a NUL: {Display(name)}", nameof(name));
        }
        Span<byte> target = name.Length < scratch.Length ? scratch[..(name.Length + 1)] : new byte[name.Length + 1];
        name.CopyTo(target);
        target[name.Length] = 0;
        return target;
    }

    /// <summary>As <see cref="Terminate"/>, for one entry of a directory: empty stands for the directory itself.</summary>
    internal static ReadOnlySpan<byte> TerminateEntry(ReadOnlySpan<byte> name, Span<byte> scratch)
    {
        // The length is the kernel's business (ENAMETOOLONG); a slash or ".." would leave the directory.
        if (name.Contains((byte)'/') || name.SequenceEqual(".."u8) || name.SequenceEqual("."u8))
        {
            throw new ArgumentException($"Not the name of a directory entry: {Display(name)}", nameof(name));
        }
        return Terminate(name, scratch);
    }
}
