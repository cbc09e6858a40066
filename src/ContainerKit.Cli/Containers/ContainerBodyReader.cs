using System.Text.Json;
using ContainerKit.Cli.CommandLine;
using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.Cli.Containers;

/// <summary>Makes the body of POST /containers/create of the flags of run and create.</summary>
internal static class ContainerBodyReader
{
    /// <summary>The empty object, which is the value in Go's sets.</summary>
    private static readonly JsonElement Empty = JsonElement.Parse("{}");

    /// <param name="invocation">The flags.</param>
    /// <param name="attached">True when this process is connected to the container.</param>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    public static CreateContainerBody Read(CommandInvocation invocation, bool attached)
    {
        foreach (string flag in (string[])["cpu-rt-period", "cpu-rt-runtime", "gpus"])
        {
            if (invocation.Has(flag))
                throw new UsageException($"--{flag} is not supported") { Command = invocation.Command };
        }

        bool stdin = invocation.IsSet("interactive");
        IReadOnlyList<string> streams = [.. invocation.Values("attach").Select(name => name.ToLowerInvariant())];
        if (streams.FirstOrDefault(name => name is not ("stdin" or "stdout" or "stderr")) is string unknown)
            throw invocation.Invalid("attach", unknown, "stdin, stdout or stderr is wanted");
        bool attachInput = attached && stdin && (streams.Count == 0 || streams.Contains("stdin"));
        (Dictionary<string, JsonElement> exposed, Dictionary<string, IReadOnlyList<PortBindingBody>?> bindings) = ReadPorts(invocation);
        string? entrypoint = invocation.Value("entrypoint");
        return new CreateContainerBody
        {
            Image = invocation.Arguments[0],
            Cmd = invocation.Arguments.Count > 1 ? [.. invocation.Arguments.Skip(1)] : null,
            Entrypoint = entrypoint is null ? null : [entrypoint],
            Hostname = invocation.Value("hostname"),
            Domainname = invocation.Value("domainname"),
            User = invocation.Value("user"),
            WorkingDir = invocation.Value("workdir"),
            Tty = invocation.IsSet("tty"),
            OpenStdin = stdin,
            StdinOnce = attachInput,
            AttachStdin = attachInput,
            AttachStdout = attached && (streams.Count == 0 || streams.Contains("stdout")),
            AttachStderr = attached && (streams.Count == 0 || streams.Contains("stderr")),
            Env = [.. FlagText.Lines(invocation, "env-file"), .. invocation.Values("env").Select(FlagText.Variable)],
            Labels = FlagText.Map(FlagText.Lines(invocation, "label-file").Concat(invocation.Values("label")))?.ToDictionary(pair => pair.Key, pair => (string?)pair.Value, StringComparer.Ordinal),
            ExposedPorts = exposed.Count > 0 ? exposed : null,
            Volumes = VolumeFlags.Anonymous(invocation) is { Count: > 0 } volumes ? volumes.ToDictionary(path => path, _ => Empty, StringComparer.Ordinal) : null,
            StopSignal = invocation.Value("stop-signal"),
            StopTimeout = invocation.Number("stop-timeout"),
            Healthcheck = ReadHealth(invocation),
            HostConfig = HostConfigReader.Read(invocation, bindings),
            NetworkingConfig = NetworkFlags.Read(invocation),
        };
    }

    private static (Dictionary<string, JsonElement> Exposed, Dictionary<string, IReadOnlyList<PortBindingBody>?> Bindings) ReadPorts(CommandInvocation invocation)
    {
        Dictionary<string, JsonElement> exposed = new(StringComparer.Ordinal);
        Dictionary<string, IReadOnlyList<PortBindingBody>?> bindings = new(StringComparer.Ordinal);
        foreach (string text in invocation.Values("publish"))
        {
            foreach ((string port, PortBindingBody binding) in PortFlag.Read(invocation, text))
            {
                exposed[port] = Empty;
                bindings[port] = [.. bindings.GetValueOrDefault(port) ?? [], binding];
            }
        }

        foreach (string port in invocation.Values("expose").SelectMany(text => PortFlag.ReadExposed(invocation, text)))
            exposed[port] = Empty;
        return (exposed, bindings);
    }

    private static HealthConfigBody? ReadHealth(CommandInvocation invocation)
    {
        if (invocation.IsSet("no-healthcheck"))
            return new HealthConfigBody { Test = ["NONE"] };
        string? command = invocation.Value("health-cmd");
        var health = new HealthConfigBody
        {
            Interval = invocation.Nanoseconds("health-interval"),
            Timeout = invocation.Nanoseconds("health-timeout"),
            StartPeriod = invocation.Nanoseconds("health-start-period"),
            StartInterval = invocation.Nanoseconds("health-start-interval"),
            Retries = invocation.Number("health-retries") ?? 0,
        };
        return command is null && health == new HealthConfigBody() ? null : health with { Test = command is null ? null : ["CMD-SHELL", command] };
    }
}
