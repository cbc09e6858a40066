using System.Diagnostics;
using System.Globalization;

namespace Quickstart;

/// <summary>Prints what happens, with the time that each step took.</summary>
internal sealed class Steps
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    /// <summary>Runs a step and prints its name, its time and what it found.</summary>
    internal async Task<T> RunAsync<T>(string name, Func<Task<T>> step, Func<T, string>? describe = null)
    {
        TimeSpan start = _watch.Elapsed;
        T result = await step();
        double milliseconds = (_watch.Elapsed - start).TotalMilliseconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{milliseconds,9:0.0} ms  {name}{(describe is null ? "" : ": " + describe(result))}"));
        return result;
    }

    /// <summary>A line that belongs to the step before.</summary>
    internal static void Note(string text) => Console.WriteLine($"              {text}");

    internal void Fail(string message)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    failed after {_watch.ElapsedMilliseconds} ms"));
        Console.Error.WriteLine(message);
    }
}
