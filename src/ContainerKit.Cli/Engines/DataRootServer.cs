using System.Text;

namespace ContainerKit.Cli.Engines;

/// <summary>Where the server of a data root listens and writes, which every command on that data root looks for.</summary>
internal sealed class DataRootServer
{
    /// <summary>What unix(7) has for a path, less what the listener puts before its name while it makes the socket.</summary>
    private const int LongestPath = 90;

    /// <param name="dataRoot">Null: the user's.</param>
    public DataRootServer(string? dataRoot)
    {
        // As the engine decides it (EngineOptions.DataRoot).
        string home = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is ['/', ..] and string data ? data : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local/share");
        DataRoot = dataRoot is not null ? Path.GetFullPath(dataRoot) : Environment.IsPrivilegedProcess ? "/var/lib/containerkit" : Path.Combine(home, "containerkit");
    }

    public string DataRoot { get; }

    /// <summary>The directory of the data root is its owner's alone, and so is this.</summary>
    public string Socket => Path.Combine(DataRoot, "ckit.sock");

    public string LogFile => Path.Combine(DataRoot, "ckit.log");

    public EngineAddress Address => new EngineAddress.UnixSocket(Socket);

    public bool CanListen => Encoding.UTF8.GetByteCount(Socket) <= LongestPath;

    /// <summary>False: certainly nobody listens.</summary>
    public bool MayRun => CanListen && File.Exists(Socket);

    /// <summary>Makes this process the server of the data root.</summary>
    /// <returns>Holds the place until it is disposed; null when another process has it.</returns>
    public IDisposable? TryClaim()
    {
        Directory.CreateDirectory(DataRoot, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            // FileShare.None is a flock(2): it ends with the process, however that ends.
            return new FileStream(Path.Combine(DataRoot, "ckit.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
