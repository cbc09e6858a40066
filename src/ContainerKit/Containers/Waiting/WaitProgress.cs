using System.Globalization;

namespace ContainerKit.Containers.Waiting;

/// <summary>What a wait has seen so far: that is what is reported when its time is over.</summary>
internal sealed class WaitProgress
{
    private int _looks;
    private volatile string _last = "";

    /// <summary>What was thrown at the last look.</summary>
    internal Exception? Cause { get; private set; }

    /// <summary>Records a look that found it not ready.</summary>
    internal void NotYet(string found, Exception? cause = null)
    {
        _looks++;
        _last = found;
        Cause = cause;
    }

    public override string ToString() => _looks switch
    {
        0 => "",
        1 => _last,
        _ => string.Create(CultureInfo.InvariantCulture, $"{_last} (looked {_looks} times)"),
    };
}
