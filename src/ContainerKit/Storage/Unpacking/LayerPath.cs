using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage.Unpacking;

/// <summary>The path of an entry, taken apart.</summary>
internal static class LayerPath
{
    /// <summary>
    /// The components of an entry's path. A leading slash means nothing, <c>a/..</c> is dropped as it is by everyone else; what would then
    /// lead above the root is refused.
    /// </summary>
    /// <exception cref="InvalidContentException">The path is too long or leads outside.</exception>
    public static List<byte[]> Split(byte[] name, LayerLimits limits)
    {
        if (name.Length > limits.MaxPathLength)
        {
            throw new InvalidContentException($"A path in the layer is longer than {limits.MaxPathLength} bytes: {FileName.Display(name.AsSpan(0, 80))}…");
        }
        var components = new List<byte[]>();
        foreach (Range range in name.AsSpan().Split((byte)'/'))
        {
            ReadOnlySpan<byte> component = name.AsSpan()[range];
            if (component.IsEmpty || component.SequenceEqual("."u8))
            {
                continue;
            }
            if (component.SequenceEqual(".."u8))
            {
                if (components.Count == 0)
                {
                    throw new InvalidContentException($"A path in the layer leads out of it: {FileName.Display(name)}");
                }
                components.RemoveAt(components.Count - 1);
                continue;
            }
            if (!FileName.IsEntry(component))
            {
                throw new InvalidContentException($"A name in the layer is longer than {FileName.MaxLength} bytes: {FileName.Display(component[..80])}…");
            }
            components.Add(component.ToArray());
        }
        return components;
    }

    /// <summary>The first components as a path.</summary>
    public static byte[] Join(IReadOnlyList<byte[]> components, int count)
    {
        int length = Math.Max(0, count - 1);
        for (int i = 0; i < count; i++)
        {
            length += components[i].Length;
        }
        byte[] path = new byte[length];
        int position = 0;
        for (int i = 0; i < count; i++)
        {
            if (i > 0)
            {
                path[position++] = (byte)'/';
            }
            components[i].CopyTo(path, position);
            position += components[i].Length;
        }
        return path;
    }
}
