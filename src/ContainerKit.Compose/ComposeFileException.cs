namespace ContainerKit.Compose;

/// <summary>
/// A Compose file that is malformed, or asks for something that is not known or can't be done here. The message begins with file, line and key.
/// </summary>
public sealed class ComposeFileException : FormatException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="file">The file; empty where it is about none.</param>
    /// <param name="line">The line, from 1; 0 where it is about none.</param>
    /// <param name="key">Where in the file, as in <c>services.web.ports</c>; empty where it is about the whole.</param>
    /// <param name="reason">What is wrong and what to do about it.</param>
    /// <param name="inner">The cause, or null.</param>
    public ComposeFileException(string file, int line, string key, string reason, Exception? inner = null)
        : base(Describe(file, line, key, reason), inner)
    {
        File = file;
        Line = line;
        Key = key;
        Reason = reason;
    }

    /// <summary>The file; empty where it is about none.</summary>
    public string File { get; }

    /// <summary>The line, from 1; 0 where it is about none.</summary>
    public int Line { get; }

    /// <summary>Where in the file, as in <c>services.web.ports</c>; empty where it is about the whole.</summary>
    public string Key { get; }

    /// <summary>What is wrong and what to do about it.</summary>
    public string Reason { get; }

    private static string Describe(string file, int line, string key, string reason)
    {
        string place = line > 0 ? $"{file}:{line}: " : file.Length > 0 ? $"{file}: " : "";
        return key.Length > 0 ? $"{place}{key}: {reason}" : place + reason;
    }
}
