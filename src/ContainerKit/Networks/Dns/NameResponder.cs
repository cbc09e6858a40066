using System.Net;
using System.Net.Sockets;

namespace ContainerKit.Networks.Dns;

/// <summary>Answers questions from a <see cref="INameSource"/>, without any input or output.</summary>
/// <param name="names">What the container may know.</param>
internal sealed class NameResponder(INameSource names)
{
    private const ushort Internet = 1;

    private int _rotation;

    /// <summary>What is to be done about a message.</summary>
    internal enum Outcome
    {
        /// <summary>Nothing: it is no question.</summary>
        Ignore,

        /// <summary>The answer is in the buffer.</summary>
        Answer,

        /// <summary>It is for other servers.</summary>
        Forward,
    }

    /// <summary>Answers a question.</summary>
    /// <param name="message">What came.</param>
    /// <param name="answer">Gets the answer; at least 512 bytes.</param>
    /// <param name="isDatagram">True for UDP, where an answer is as long as the sender allows.</param>
    /// <param name="request">What was read.</param>
    /// <param name="length">Of the answer.</param>
    internal Outcome Respond(ReadOnlySpan<byte> message, Span<byte> answer, bool isDatagram, out DnsRequest request, out int length)
    {
        length = 0;
        Span<byte> wire = stackalloc byte[DnsReader.MaximumNameLength];
        if (!DnsRequest.TryRead(message, wire, out int wireLength, out request))
        {
            return Outcome.Ignore;
        }

        DnsAnswerWriter writer = new(answer, message, request, isDatagram ? request.DatagramSize : ushort.MaxValue);
        if (request.Fault != DnsResponseCode.NoError)
        {
            length = writer.Finish(request.Fault);
            return Outcome.Answer;
        }

        Span<char> text = stackalloc char[DnsReader.MaximumNameLength];
        bool isOwn = request.Class == Internet && TryGetText(wire[..wireLength], text, out int textLength) && TryAnswer(text[..textLength], request.Type, ref writer);
        if (!isOwn && names.CanForward)
        {
            return Outcome.Forward;
        }

        // As Docker's on internal networks: a name that may exist elsewhere is neither there nor not there.
        length = writer.Finish(isOwn ? DnsResponseCode.NoError : DnsResponseCode.ServerFailure);
        return Outcome.Answer;
    }

    /// <summary>An answer without records.</summary>
    internal static int Fail(ReadOnlySpan<byte> message, Span<byte> answer, in DnsRequest request, DnsResponseCode code)
        => new DnsAnswerWriter(answer, message, request, 512).Finish(code);

    private bool TryAnswer(ReadOnlySpan<char> name, DnsRecordType type, ref DnsAnswerWriter writer)
    {
        if (type is DnsRecordType.Ptr or DnsRecordType.Any && ReverseName.TryParse(name, out IPAddress address))
        {
            if (!names.TryReverse(address, out string owner))
            {
                return false;
            }

            writer.AddName(owner);
            return true;
        }

        if (!names.TryResolve(name, out IReadOnlyList<IPAddress> addresses))
        {
            return false;
        }

        if (type == DnsRecordType.Any)
        {
            writer.AddRefusalOfAny();
        }
        else if (type is DnsRecordType.A or DnsRecordType.Aaaa)
        {
            AddressFamily family = type == DnsRecordType.A ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;

            // Programs take the first one: so each is the first in turn.
            int first = addresses.Count > 1 ? (int)((uint)Interlocked.Increment(ref _rotation) % (uint)addresses.Count) : 0;
            for (int i = 0; i < addresses.Count; i++)
            {
                IPAddress next = addresses[(first + i) % addresses.Count];
                if (next.AddressFamily == family)
                {
                    writer.AddAddress(next);
                }
            }
        }

        return true;
    }

    /// <summary>False for a name that can't be one of ours: with characters that no name has, or a dot inside of a label.</summary>
    private static bool TryGetText(ReadOnlySpan<byte> wire, Span<char> text, out int length)
    {
        length = 0;
        for (int i = 0; wire[i] != 0; i += 1 + wire[i])
        {
            if (i > 0)
            {
                text[length++] = '.';
            }

            foreach (byte character in wire.Slice(i + 1, wire[i]))
            {
                if (character is <= (byte)' ' or >= 0x7F or (byte)'.')
                {
                    return false;
                }

                text[length++] = (char)character;
            }
        }

        return length > 0;
    }
}
