using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using ContainerKit.Containers.Waiting;

namespace ContainerKit;

/// <summary>
/// What a container can be waited for: <c>spec.WaitFor(Wait.ForPort(5432))</c> makes starting it take until then, <see cref="Container.WaitForAsync"/>
/// waits later. Each strategy has a limit of 60 s unless <see cref="WaitStrategy.WithTimeout"/> sets another one, and ends at once when the container does.
/// </summary>
public static class Wait
{
    /// <summary>
    /// Until something listens on the port inside, on an address that others can reach, and, where the port is published, until this machine can connect to it.
    /// </summary>
    /// <param name="containerPort">The container's port.</param>
    /// <param name="protocol">TCP or UDP; of UDP only the inside can be seen.</param>
    public static WaitStrategy ForPort(int containerPort, PortProtocol protocol = PortProtocol.Tcp)
        => protocol == PortProtocol.Tcp
            ? new CompositeWait([ForPortInside(containerPort), new HostPortWait(Port(containerPort), WhenPublished: true)], All: true) { Name = $"port {containerPort.ToString(CultureInfo.InvariantCulture)}" }
            : ForPortInside(containerPort, protocol);

    /// <summary>
    /// Until something listens on the port inside of the container, published or not. A server that listens on loopback only does not count, since nobody else can
    /// reach it, unless the container has no network of its own.
    /// </summary>
    /// <param name="containerPort">The container's port.</param>
    /// <param name="protocol">TCP or UDP.</param>
    public static WaitStrategy ForPortInside(int containerPort, PortProtocol protocol = PortProtocol.Tcp)
        => new InsidePortWait(Port(containerPort), protocol is PortProtocol.Tcp or PortProtocol.Udp
            ? protocol
            : throw new ArgumentOutOfRangeException(nameof(protocol), protocol, $"protocol '{protocol}' is not allowed: expected Tcp or Udp."));

    /// <summary>
    /// Until this machine can connect to a published port. Without root a forwarder accepts before the server does: <see cref="ForPort"/> looks at both sides.
    /// </summary>
    /// <param name="containerPort">The container's port, which <see cref="ContainerSpec.Ports"/> names.</param>
    public static WaitStrategy ForHostPort(int containerPort) => new HostPortWait(Port(containerPort), WhenPublished: false);

    /// <summary>Until an HTTP request succeeds: a GET of <c>/</c> with a status of 200 to 299, unless the result's methods say otherwise.</summary>
    /// <param name="containerPort">The container's port, which is to be published.</param>
    /// <param name="path">Path and query.</param>
    public static HttpWait ForHttp(int containerPort, string path = "/") => new(Port(containerPort)) { Path = path };

    /// <summary>Until lines of the output contain a text.</summary>
    /// <param name="text">What to look for, as it is.</param>
    /// <param name="count">In so many lines.</param>
    public static WaitStrategy ForLog(string text, int count = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return new LogWait(line => line.Contains(text, StringComparison.Ordinal), $"'{text}'", Count(count));
    }

    /// <summary>Until lines of the output match a pattern.</summary>
    /// <param name="pattern">What to look for in each line. Give it a time-out when the output is not trusted.</param>
    /// <param name="count">In so many lines.</param>
    public static WaitStrategy ForLog(Regex pattern, int count = 1)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return new LogWait(pattern.IsMatch, $"/{pattern}/", Count(count));
    }

    /// <summary>Until a command that is run in the container again and again ends with exit code 0.</summary>
    /// <param name="command">Program and arguments, as in <c>"pg_isready", "-h", "127.0.0.1"</c>.</param>
    public static WaitStrategy ForCommand(params IEnumerable<string> command) => ForCommand(ExecSpec.ForCommand(command));

    /// <summary>Until a command that is run in the container again and again ends with an exit code.</summary>
    /// <param name="command">Command, user, directory, environment.</param>
    /// <param name="exitCode">The exit code that ends the wait.</param>
    public static WaitStrategy ForCommand(ExecSpec command, int exitCode = 0)
    {
        ArgumentNullException.ThrowIfNull(command);
        return new CommandWait(command, exitCode);
    }

    /// <summary>Until a file or directory exists in the container.</summary>
    /// <param name="containerPath">Its path inside.</param>
    public static WaitStrategy ForFile(string containerPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(containerPath);
        return new FileWait(containerPath);
    }

    /// <summary>Until the health check, of the spec or the image, says healthy. Fails at once when it says unhealthy.</summary>
    public static WaitStrategy ForHealthy() => new HealthWait();

    /// <summary>Until the container has ended: for those that prepare something. Another exit code is a failure.</summary>
    /// <param name="exitCode">The exit code that is expected; null: any.</param>
    public static WaitStrategy ForExit(int? exitCode = 0) => new ExitWait(exitCode);

    /// <summary>Until a condition holds.</summary>
    /// <param name="condition">Asked again and again. An exception of it counts as "not yet", and is the cause of the failure when the time is over.</param>
    /// <param name="description">What it waits for, for messages.</param>
    public static WaitStrategy For(Func<Container, CancellationToken, Task<bool>> condition, string description = "a condition")
    {
        ArgumentNullException.ThrowIfNull(condition);
        return new ConditionWait(condition, description);
    }

    /// <summary>Until all hold; they are waited for at the same time. The first that fails makes the whole fail.</summary>
    /// <param name="strategies">At least one. The limit of each is kept, the whole has none of its own unless it is given one.</param>
    public static WaitStrategy All(params IEnumerable<WaitStrategy> strategies) => new CompositeWait(Members(strategies), All: true);

    /// <summary>Until one of them holds. Fails when all have failed.</summary>
    /// <param name="strategies">At least one. The limit of each is kept, the whole has none of its own unless it is given one.</param>
    public static WaitStrategy Any(params IEnumerable<WaitStrategy> strategies) => new CompositeWait(Members(strategies), All: false);

    private static ImmutableArray<WaitStrategy> Members(IEnumerable<WaitStrategy> strategies)
    {
        ArgumentNullException.ThrowIfNull(strategies);
        ImmutableArray<WaitStrategy> members = [.. strategies];
        if (members.IsEmpty || members.Contains(null!))
            throw new ArgumentException("strategies must have at least one member, and none that is null.", nameof(strategies));
        return members;
    }

    private static int Port(int containerPort)
        => containerPort is > 0 and <= ushort.MaxValue
            ? containerPort
            : throw new ArgumentOutOfRangeException(nameof(containerPort), containerPort, $"containerPort '{containerPort}' is not allowed: expected 1 to 65535.");

    private static int Count(int count)
        => count > 0 ? count : throw new ArgumentOutOfRangeException(nameof(count), count, $"count '{count}' is not allowed: expected at least 1.");
}
