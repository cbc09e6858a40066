using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.CommandLine;

/// <summary>A server that docker's command line talks to.</summary>
internal interface ICommandLineServer : IAsyncDisposable
{
    string Name { get; }

    bool IsOurs { get; }

    /// <summary>docker's command line, connected to it.</summary>
    ExternalCommand Client { get; }

    /// <summary>Its processes, without those of containers.</summary>
    IReadOnlyCollection<int> Processes();
}
