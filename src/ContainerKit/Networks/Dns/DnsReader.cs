using System.Buffers.Binary;

namespace ContainerKit.Networks.Dns;

/// <summary>Reads a message of RFC 1035 from somebody who may be hostile: every step is checked, and none takes longer than the message.</summary>
internal ref struct DnsReader(ReadOnlySpan<byte> message, int position = 0)
{
    /// <summary>A name has at most 255 bytes on the wire, RFC 1035 section 2.3.4: 253 characters and as many labels as fit.</summary>
    internal const int MaximumNameLength = 255;

    private readonly ReadOnlySpan<byte> _message = message;

    /// <summary>Where the next thing is read.</summary>
    internal int Position { get; private set; } = position;

    internal bool TryReadUInt16(out ushort value)
    {
        bool fits = BinaryPrimitives.TryReadUInt16BigEndian(_message[Position..], out value);
        Position += fits ? 2 : 0;
        return fits;
    }

    internal bool TrySkip(int count)
    {
        bool fits = count >= 0 && count <= _message.Length - Position;
        Position += fits ? count : 0;
        return fits;
    }

    /// <summary>
    /// Reads a name, following pointers, into the form it has without them: labels with their lengths in front, in lower case, with the empty one at
    /// the end.
    /// </summary>
    /// <param name="wire">At least <see cref="MaximumNameLength"/> bytes.</param>
    /// <param name="length">How many of them are the name.</param>
    /// <returns>False when it is none.</returns>
    internal bool TryReadName(scoped Span<byte> wire, out int length)
    {
        length = 0;
        int at = Position;
        int end = -1;

        // Each pointer has to lead to before the part of the name that it ends: so there is no loop.
        int start = at;
        while (at < _message.Length)
        {
            byte head = _message[at];
            if ((head & 0xC0) == 0xC0)
            {
                int target = at + 1 < _message.Length ? ((head & 0x3F) << 8) | _message[at + 1] : int.MaxValue;
                if (target >= start)
                {
                    return false;
                }

                end = end < 0 ? at + 2 : end;
                start = at = target;
                continue;
            }

            if ((head & 0xC0) != 0 || at + 1 + head > _message.Length || length + 1 + head > MaximumNameLength)
            {
                return false;
            }

            wire[length++] = head;
            for (int i = 1; i <= head; i++)
            {
                wire[length++] = ToLower(_message[at + i]);
            }

            at += 1 + head;
            if (head == 0)
            {
                Position = end < 0 ? at : end;
                return true;
            }
        }

        return false;
    }

    /// <summary>Passes over a name without following it.</summary>
    internal bool TrySkipName()
    {
        int start = Position;
        while (Position < _message.Length && Position - start <= MaximumNameLength)
        {
            byte head = _message[Position];
            if ((head & 0xC0) == 0xC0)
            {
                return TrySkip(2);
            }

            if ((head & 0xC0) != 0 || !TrySkip(1 + head))
            {
                return false;
            }

            if (head == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static byte ToLower(byte value) => value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value + 32) : value;
}
