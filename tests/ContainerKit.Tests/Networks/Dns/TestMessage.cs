using System.Buffers.Binary;
using System.Net;
using System.Text;
using ContainerKit.Networks.Dns;

namespace ContainerKit.Tests.Networks.Dns;

/// <summary>Messages as a client writes and reads them, independent of the code under test.</summary>
internal sealed record TestMessage(ushort Id, int Flags, string Name, int Type, IReadOnlyList<(int Type, byte[] Data)> Answers)
{
    public int Code => Flags & 0xF;

    public bool IsTruncated => (Flags & 0x200) != 0;

    public IEnumerable<string> Addresses => Answers.Where(a => a.Type is 1 or 28).Select(a => new IPAddress(a.Data).ToString());

    public static byte[] Query(string name, DnsRecordType type, ushort id = 7, int? extension = null, int opcode = 0)
    {
        List<byte> message = [(byte)(id >> 8), (byte)id, (byte)(1 | (opcode << 3)), 0, 0, 1, 0, 0, 0, 0, 0, (byte)(extension is null ? 0 : 1)];
        message.AddRange(Encode(name));
        message.AddRange([(byte)((int)type >> 8), (byte)type, 0, 1]);
        if (extension is { } size)
        {
            message.AddRange([0, 0, 41, (byte)(size >> 8), (byte)size, 0, 0, 0, 0, 0, 0]);
        }

        return [.. message];
    }

    public static byte[] Encode(string name)
        => [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.Latin1.GetBytes(label)]), 0];

    public static TestMessage Read(ReadOnlySpan<byte> message)
    {
        int at = 12;
        string name = BinaryPrimitives.ReadUInt16BigEndian(message[4..]) == 0 ? "" : ReadName(message, ref at);
        int type = 0;
        if (BinaryPrimitives.ReadUInt16BigEndian(message[4..]) == 1)
        {
            type = BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
            at += 4;
        }

        List<(int, byte[])> answers = [];
        for (int i = BinaryPrimitives.ReadUInt16BigEndian(message[6..]); i > 0; i--)
        {
            ReadName(message, ref at);
            int length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]);
            answers.Add((BinaryPrimitives.ReadUInt16BigEndian(message[at..]), message.Slice(at + 10, length).ToArray()));
            at += 10 + length;
        }

        return new TestMessage(BinaryPrimitives.ReadUInt16BigEndian(message), BinaryPrimitives.ReadUInt16BigEndian(message[2..]), name, type, answers);
    }

    public static string ReadName(ReadOnlySpan<byte> message, ref int at)
    {
        StringBuilder name = new();
        int end = -1;
        int next = at;
        while (message[next] != 0)
        {
            if (message[next] >= 0xC0)
            {
                end = end < 0 ? next + 2 : end;
                next = ((message[next] & 0x3F) << 8) | message[next + 1];
                continue;
            }

            name.Append(Encoding.Latin1.GetString(message.Slice(next + 1, message[next]))).Append('.');
            next += 1 + message[next];
        }

        at = end < 0 ? next + 1 : end;
        return name.ToString().TrimEnd('.');
    }
}
