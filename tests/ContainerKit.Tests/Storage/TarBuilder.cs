using System.Text;

namespace ContainerKit.Tests.Storage;

/// <summary>Writes archives byte by byte, also such as no tool would write.</summary>
internal sealed class TarBuilder
{
    private readonly List<byte> _bytes = [];

    public uint Uid { get; set; }

    public uint Gid { get; set; }

    public long Time { get; set; } = 1_600_000_000;

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public TarBuilder File(string name, string content = "", int mode = 420) => Entry('0', name, content: Bytes(content), mode: mode);

    public TarBuilder Directory(string name, int mode = 493) => Entry('5', name, mode: mode);

    public TarBuilder SymbolicLink(string name, string target) => Entry('2', name, link: target, mode: 511);

    public TarBuilder HardLink(string name, string target) => Entry('1', name, link: target);

    public TarBuilder Pax(params (string Key, string Value)[] records)
    {
        using var content = new MemoryStream();
        foreach ((string key, string value) in records)
        {
            byte[] body = [.. Bytes(" " + key + "="), .. Bytes(value), (byte)'\n'];
            int length = body.Length + 1;
            while (length != body.Length + length.ToString(System.Globalization.CultureInfo.InvariantCulture).Length)
            {
                length++;
            }
            content.Write(Bytes(length.ToString(System.Globalization.CultureInfo.InvariantCulture)));
            content.Write(body);
        }
        return Entry('x', "pax", content: content.ToArray());
    }

    public TarBuilder Entry(
        char type, string name, string link = "", byte[]? content = null, int mode = 420, (int Major, int Minor) device = default,
        Action<byte[]>? patch = null, string magic = "ustar\0" + "00")
    {
        byte[] block = new byte[512];
        Bytes(name)[..Math.Min(100, name.Length)].CopyTo(block, 0);
        Octal(block, 100, 8, mode);
        Octal(block, 108, 8, Uid);
        Octal(block, 116, 8, Gid);
        Octal(block, 124, 12, content?.Length ?? 0);
        Octal(block, 136, 12, Time);
        block[156] = (byte)type;
        Bytes(link)[..Math.Min(100, link.Length)].CopyTo(block, 157);
        Bytes(magic).CopyTo(block, 257);
        Octal(block, 329, 8, device.Major);
        Octal(block, 337, 8, device.Minor);
        patch?.Invoke(block);
        block.AsSpan(148, 8).Fill((byte)' ');
        Octal(block, 148, 7, block.Sum(b => b));
        _bytes.AddRange(block);
        return Raw(content ?? []);
    }

    /// <summary>Bytes, padded to a block.</summary>
    public TarBuilder Raw(byte[] content)
    {
        _bytes.AddRange(content);
        _bytes.AddRange(new byte[-content.Length & 511]);
        return this;
    }

    public byte[] ToArray(bool end = true)
    {
        if (end)
        {
            _bytes.AddRange(new byte[1024]);
        }
        return [.. _bytes];
    }

    public static void Octal(byte[] block, int offset, int length, long value)
    {
        string digits = Convert.ToString(value, 8).PadLeft(length - 1, '0');
        Bytes(digits).CopyTo(block, offset);
        block[offset + length - 1] = 0;
    }
}
