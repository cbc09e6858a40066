namespace ContainerKit.Cli.Terminals;

/// <summary>Looks for ctrl-p ctrl-q in what is typed. The first of the two is held back until it is known what follows.</summary>
internal sealed class DetachKeys
{
    private const byte ControlP = 16;
    private const byte ControlQ = 17;

    private bool _isHeld;

    public bool ArePressed { get; private set; }

    /// <summary>What is to be passed on.</summary>
    public byte[] Filter(ReadOnlySpan<byte> typed)
    {
        List<byte> result = new(typed.Length + 1);
        foreach (byte key in typed)
        {
            if (_isHeld && key == ControlQ)
            {
                ArePressed = true;
                return [.. result];
            }

            if (_isHeld)
                result.Add(ControlP);
            _isHeld = key == ControlP;
            if (!_isHeld)
                result.Add(key);
        }

        return [.. result];
    }
}
