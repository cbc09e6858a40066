namespace AspNetCoreSandbox;

/// <summary>What a script has done; the exit code is null when it was ended: it took too long, or printed too much.</summary>
internal sealed record Outcome(int? ExitCode, string StandardOutput, string StandardError);
