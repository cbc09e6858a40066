namespace ContainerKit;

/// <summary>A build that can't be done, or a step of it that failed: what is wrong, and where in the Dockerfile.</summary>
public sealed class BuildException : ContainerKitException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what to do about it.</param>
    /// <param name="file">The Dockerfile's name; empty where no Dockerfile is meant.</param>
    /// <param name="line">The line of the instruction, from 1; 0 where none is meant.</param>
    /// <param name="column">The column in that line, from 1; 0 where none is meant.</param>
    /// <param name="instruction">The instruction's text, or null.</param>
    /// <param name="inner">The cause, or null.</param>
    public BuildException(string message, string file = "", int line = 0, int column = 0, string? instruction = null, Exception? inner = null)
        : base(ContainerKitErrorCode.Build, Locate(message, file, line, column), inner)
    {
        Reason = message;
        File = file;
        Line = line;
        Column = column;
        Instruction = instruction;
    }

    /// <summary>What is wrong, without the place.</summary>
    public string Reason { get; }

    /// <summary>The Dockerfile's name; empty where no Dockerfile is meant.</summary>
    public string File { get; }

    /// <summary>The line of the instruction, from 1; 0 where none is meant.</summary>
    public int Line { get; }

    /// <summary>The column in that line, from 1; 0 where none is meant.</summary>
    public int Column { get; }

    /// <summary>The instruction's text, or null.</summary>
    public string? Instruction { get; }

    /// <summary>How the command of a RUN ended, 128 and the signal's number for one that was killed; null for any other failure.</summary>
    public int? ExitCode { get; init; }

    private static string Locate(string message, string file, int line, int column)
        => line == 0 ? message : column == 0 ? $"{file}:{line}: {message}" : $"{file}:{line}:{column}: {message}";
}
