using System.Globalization;

namespace ContainerKit.Benchmarks.Comparison;

/// <summary>The options of a side-by-side run.</summary>
internal sealed record CompareOptions
{
    /// <summary>Measured runs of each peer.</summary>
    public int Runs { get; init; } = 50;

    /// <summary>Runs of each peer before measuring begins; they warm the page cache, our compiled code and the daemons.</summary>
    public int WarmUp { get; init; } = 5;

    /// <summary>Rest before each run, so that the kernel's deferred work (taking down namespaces and cgroups) is not
    /// billed to the next peer in turn.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Running containers of ours in the density measurement.</summary>
    public int Count { get; init; } = 500;

    /// <summary>Running containers of every other peer in the density measurement.</summary>
    public int PeerCount { get; init; } = 20;

    /// <summary>Of the log that docker's command line reads, in MiB.</summary>
    public int LogSize { get; init; } = 1024;

    /// <summary>Names of the peers to run; empty means all.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    /// <summary>What the names of measures begin with, where only some are wanted; empty means all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Whether a measure is wanted.</summary>
    public bool Wants(string measure) => Only.Count == 0 || Only.Any(word => measure.StartsWith(word, StringComparison.Ordinal));

    /// <summary>Reads <c>--name value</c> pairs.</summary>
    /// <exception cref="FormatException">An option is unknown, has no value or a value out of range.</exception>
    public static CompareOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new CompareOptions();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var name = arguments[i];
            if (i + 1 == arguments.Length)
                throw new FormatException($"{name} needs a value");
            var value = arguments[i + 1];
            options = name switch
            {
                "--runs" => options with { Runs = Number(name, value, 1) },
                "--warmup" => options with { WarmUp = Number(name, value, 0) },
                "--pause" => options with { Pause = TimeSpan.FromMilliseconds(Number(name, value, 0)) },
                "--count" => options with { Count = Number(name, value, 1) },
                "--peer-count" => options with { PeerCount = Number(name, value, 1) },
                "--log-size" => options with { LogSize = Number(name, value, 1) },
                "--peers" => options with { Peers = Words(value) },
                "--only" => options with { Only = Words(value) },
                _ => throw new FormatException($"unknown option {name}"),
            };
        }
        return options;
    }

    private static string[] Words(string value) => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static int Number(string name, string value, int minimum)
        => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is <= 100_000 && number >= minimum
            ? number
            : throw new FormatException($"{name} needs a number from {minimum} to 100000, not \"{value}\"");
}
