using System.Diagnostics;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;
using Xunit;

namespace ContainerKit.Cli.Tests.Terminals;

/// <summary>ckit as a program of its own, on a terminal of its own, which the test reads and types at.</summary>
internal sealed partial class PtyProgram : IAsyncDisposable
{
    private const int ReadWrite = 2;
    private const int NoControllingTerminal = 0x100;
    private const int CloseOnExec = 0x80000;

    private readonly PseudoTerminal _terminal;
    private readonly FileDescriptor _ourEnd;
    private readonly string _device;
    private readonly Process _process;
    private readonly StringBuilder _shown = new();
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly CancellationToken _bound;
    private int _seen;

    private PtyProgram(PseudoTerminal terminal, FileDescriptor ourEnd, string device, Process process, CancellationToken bound)
    {
        _terminal = terminal;
        _ourEnd = ourEnd;
        _device = device;
        _process = process;
        _bound = bound;
    }

    /// <summary>Everything that was shown until now.</summary>
    public string Shown => _shown.ToString();

    public static PtyProgram Start(int rows, int columns, IReadOnlyDictionary<string, string> variables, IReadOnlyList<string> arguments, CancellationToken bound)
    {
        if (!File.Exists("/usr/bin/setsid") && !File.Exists("/bin/setsid"))
            Assert.Skip("missing capability: setsid (util-linux)");
        int master = posix_openpt(ReadWrite | NoControllingTerminal | CloseOnExec);
        Assert.True(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0, "no pseudo-terminal");
        string device = Marshal.PtrToStringUTF8(ptsname(master))!;

        // Held open, so that its settings can be asked for when the program is gone.
        var ourEnd = new FileDescriptor(open(device, ReadWrite | NoControllingTerminal | CloseOnExec), ownsDescriptor: true);
        var terminal = new PseudoTerminal(new FileDescriptor(master, ownsDescriptor: true));
        terminal.Resize(rows, columns);
        var start = new ProcessStartInfo("/bin/sh", ["-c", "tty=$1; shift; exec setsid -c \"$@\" <>\"$tty\" >&0 2>&0", "sh", device, "dotnet", Path.Combine(AppContext.BaseDirectory, "ckit.dll"), .. arguments]);
        start.Environment["TERM"] = "xterm";
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        return new PtyProgram(terminal, ourEnd, device, Process.Start(start)!, bound);
    }

    public void Resize(int rows, int columns) => _terminal.Resize(rows, columns);

    public async Task TypeAsync(string keys)
    {
        await _terminal.Input.WriteAsync(Encoding.UTF8.GetBytes(keys), _bound);
    }

    /// <summary>Waits until a text was shown behind what an earlier wait has found.</summary>
    public async Task ExpectAsync(string text)
    {
        int seen = _seen;
        while (_shown.ToString().IndexOf(text, seen, StringComparison.Ordinal) is var found)
        {
            if (found >= 0)
            {
                _seen = found + text.Length;
                return;
            }

            Assert.True(await ReadAsync(), $"The terminal's end came before \"{text}\": {Shown}");
        }
    }

    /// <summary>Types a line until it shows what is expected: what it asks for comes to be, and nobody says when.</summary>
    public async Task ConvergeAsync(string line, string text)
    {
        for (int i = 0; ; i++)
        {
            string mark = $"turn-{i}-{_seen}";
            await TypeAsync($"{line}; echo turn-{i}-$(({_seen}))\n");
            int from = _seen;
            await ExpectAsync($"{mark}\r\n");
            if (_shown.ToString(from, _seen - from).Contains(text, StringComparison.Ordinal))
                return;
        }
    }

    /// <summary>Waits for its end; what it has shown by then is in <see cref="Shown"/>.</summary>
    public async Task<int> EndAsync()
    {
        Task ended = _process.WaitForExitAsync(_bound);
        while (!ended.IsCompleted)
        {
            Task<bool> reading = ReadAsync();
            if (await Task.WhenAny(ended, reading) == ended)
            {
                _terminal.Output.CancelPendingRead();
                await reading;
            }
            else if (!await reading)
            {
                break;
            }
        }

        await ended;
        while (_terminal.Output.TryRead(out ReadResult rest) && !rest.Buffer.IsEmpty)
            Take(rest);
        return _process.ExitCode;
    }

    /// <summary>True: keys are gathered to lines and echoed, as a shell expects it.</summary>
    public bool IsCooked()
    {
        using Process stty = Process.Start(new ProcessStartInfo("stty", ["-F", _device, "-a"]) { RedirectStandardOutput = true })!;
        string[] settings = stty.StandardOutput.ReadToEnd().Split([' ', '\n', ';']);
        stty.WaitForExit();
        return settings.Contains("icanon") && settings.Contains("echo") && settings.Contains("isig") && settings.Contains("opost");
    }

    /// <summary>Ends the program if it has not ended, and hangs up.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _ourEnd.Dispose();
        _terminal.Dispose();
    }

    private async Task<bool> ReadAsync()
    {
        ReadResult result;
        try
        {
            result = await _terminal.Output.ReadAsync(_bound);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Nothing more was shown: {Shown}");
            throw;
        }

        Take(result);
        return !result.IsCompleted;
    }

    private void Take(ReadResult result)
    {
        foreach (ReadOnlyMemory<byte> piece in result.Buffer)
        {
            // A character may come in two reads.
            char[] characters = new char[Encoding.UTF8.GetMaxCharCount(piece.Length)];
            _shown.Append(characters, 0, _decoder.GetChars(piece.Span, characters, flush: false));
        }

        _terminal.Output.AdvanceTo(result.Buffer.End);
    }

    [LibraryImport("libc")]
    private static partial int posix_openpt(int flags);

    [LibraryImport("libc")]
    private static partial int grantpt(int master);

    [LibraryImport("libc")]
    private static partial int unlockpt(int master);

    [LibraryImport("libc")]
    private static partial nint ptsname(int master);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);
}
