using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Streams;

/// <summary>Finds the keys that detach a client from a terminal, <c>ctrl-p,ctrl-q</c> unless it says otherwise.</summary>
internal sealed class DetachKeys
{
    private static readonly byte[] Default = [0x10, 0x11];

    private readonly byte[] _keys;
    private int _matched;

    private DetachKeys(byte[] keys) => _keys = keys;

    /// <summary>Reads <c>ctrl-p,ctrl-q</c>, <c>a,b</c>, <c>ctrl-@</c>; empty is the default.</summary>
    internal static DetachKeys Parse(string? text)
        => new(string.IsNullOrEmpty(text) ? Default : [.. text.Split(',').Select(key => ParseKey(key, text))]);

    /// <summary>
    /// Passes on what is no part of the keys; a beginning of them is held back until it is known.
    /// </summary>
    /// <param name="input">What the client typed.</param>
    /// <param name="output">What goes to the container.</param>
    /// <returns>True when the keys are complete.</returns>
    internal bool Filter(ReadOnlySpan<byte> input, List<byte> output)
    {
        foreach (byte key in input)
        {
            if (key == _keys[_matched])
            {
                if (++_matched == _keys.Length)
                    return true;
                continue;
            }

            output.AddRange(_keys.AsSpan(0, _matched));
            _matched = key == _keys[0] && _keys.Length > 1 ? 1 : 0;
            if (_matched == 0)
                output.Add(key);
        }

        return false;
    }

    private static byte ParseKey(string key, string all) => key switch
    {
        [var single] when single < 128 => (byte)single,
        "ctrl-@" => 0,
        "ctrl-[" => 27,
        "ctrl-\\" => 28,
        "ctrl-]" => 29,
        "ctrl-^" => 30,
        "ctrl-_" => 31,
        ['c', 't', 'r', 'l', '-', >= 'a' and <= 'z' and var letter] => (byte)(letter - 'a' + 1),
        _ => throw ApiException.BadRequest($"Invalid detach keys ('{all}') provided"),
    };
}
