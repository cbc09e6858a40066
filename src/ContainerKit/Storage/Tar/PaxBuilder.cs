using System.Globalization;
using System.Text;

namespace ContainerKit.Storage.Tar;

/// <summary>The records of a PAX extended header, in the order of their keys.</summary>
internal sealed class PaxBuilder
{
    private readonly SortedDictionary<string, byte[]> _records = new(StringComparer.Ordinal);

    public bool IsEmpty => _records.Count == 0;

    public void Add(string key, string value) => _records[key] = Encoding.ASCII.GetBytes(value);

    /// <param name="key">The key; characters stand for bytes.</param>
    /// <param name="value">The value.</param>
    public void Add(string key, byte[] value) => _records[key] = value;

    /// <summary><c>length key=value\n</c> records.</summary>
    public byte[] ToArray()
    {
        using var content = new MemoryStream();
        foreach ((string key, byte[] value) in _records)
        {
            byte[] name = Encoding.Latin1.GetBytes(key);
            int body = name.Length + value.Length + 3; // blank, equals sign, line feed
            int length = body + Digits(body);
            length = body + Digits(length); // its own digits may make it longer by one
            content.Write(Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)));
            content.WriteByte((byte)' ');
            content.Write(name);
            content.WriteByte((byte)'=');
            content.Write(value);
            content.WriteByte((byte)'\n');
        }
        return content.ToArray();
    }

    private static int Digits(int value) => value.ToString(CultureInfo.InvariantCulture).Length;
}
