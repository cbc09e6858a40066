using System.Globalization;
using ContainerKit.Cli.CommandLine;

namespace ContainerKit.Cli.Containers;

/// <summary>Makes a spec of the flags of run and create.</summary>
internal static class SpecReader
{
    /// <exception cref="UsageException">A value is not allowed.</exception>
    public static ContainerSpec Read(CommandInvocation invocation)
    {
        ContainerSpec spec = ContainerSpec.FromImage(invocation.Arguments[0]);
        if (invocation.Arguments.Count > 1)
            spec = spec.WithCommand(invocation.Arguments.Skip(1));
        spec = ReadProcess(invocation, spec);
        spec = ReadFiles(invocation, spec);
        spec = NetworkReader.Read(invocation, spec);
        spec = ReadIsolation(invocation, spec);
        return ReadHealth(invocation, ResourceReader.Read(invocation, spec));
    }

    /// <summary><c>name=value</c>, or a name alone with an empty value.</summary>
    internal static (string Name, string Value) Pair(string text)
        => text.IndexOf('=', StringComparison.Ordinal) is var equals and >= 0 ? (text[..equals], text[(equals + 1)..]) : (text, "");

    private static ContainerSpec ReadProcess(CommandInvocation invocation, ContainerSpec spec)
    {
        foreach (string file in invocation.Values("env-file"))
            spec = spec.WithEnvironmentFile(file);

        // A name alone is this process's variable; one that is not set is taken away.
        spec = spec.WithEnvironmentEntries(invocation.Values("env").Select(entry => entry.Contains('=', StringComparison.Ordinal) || Environment.GetEnvironmentVariable(entry) is not string value ? entry : $"{entry}={value}"));
        foreach (string label in invocation.Values("label-file").SelectMany(File.ReadLines).Select(line => line.Trim()).Where(line => line is [not '#', ..]).Concat(invocation.Values("label")))
            spec = spec.WithLabel(Pair(label).Name, Pair(label).Value);
        foreach (string annotation in invocation.Values("annotation"))
            spec = spec.WithAnnotation(Pair(annotation).Name, Pair(annotation).Value);
        if (invocation.Value("entrypoint") is string entrypoint)
            spec = spec.WithEntrypoint(entrypoint.Length == 0 ? [] : [entrypoint]);
        if (invocation.Number("stop-timeout") is int seconds)
            spec = spec.WithStopTimeout(TimeSpan.FromSeconds(seconds));
        if (invocation.IsSet("tty"))
            spec = spec.WithTerminal();
        return spec with
        {
            Name = invocation.Value("name"),
            User = invocation.Value("user"),
            WorkingDirectory = invocation.Value("workdir"),
            Hostname = invocation.Value("hostname"),
            Domainname = invocation.Value("domainname"),
            StopSignal = invocation.Value("stop-signal"),
            OpenStdin = invocation.IsSet("interactive"),
            StdinOnce = invocation.IsSet("interactive"),
            Init = invocation.IsSet("init"),
            AutoRemove = invocation.IsSet("rm"),
            RestartPolicy = invocation.Value("restart") is string restart ? RestartPolicy.Parse(restart) : spec.RestartPolicy,
            Log = ReadLog(invocation),
            AdditionalGroups = [.. invocation.Values("group-add")],
        };
    }

    private static LogOptions ReadLog(CommandInvocation invocation)
    {
        LogOptions log = invocation.Value("log-driver") switch
        {
            null or "json-file" or "local" => new LogOptions(),
            "none" => LogOptions.None,
            string driver => throw invocation.Invalid("log-driver", driver, "json-file or none is wanted"),
        };
        foreach (string text in invocation.Values("log-opt"))
        {
            log = Pair(text) switch
            {
                ("max-size", string size) => log with { MaximumSize = ByteSize.Parse(size) },
                ("max-file", string count) when int.TryParse(count, CultureInfo.InvariantCulture, out int files) => log with { MaximumFiles = files },
                ("compress", "true" or "false") => log with { Compress = text.EndsWith("true", StringComparison.Ordinal) },
                _ => throw invocation.Invalid("log-opt", text, "max-size, max-file and compress are known"),
            };
        }

        return log;
    }

    private static ContainerSpec ReadFiles(CommandInvocation invocation, ContainerSpec spec)
    {
        foreach (string volume in invocation.Values("volume"))
            spec = volume is ['/' or '.' or '~', ..] && volume.Contains(':', StringComparison.Ordinal) ? spec.WithBind(BindMount.Parse(Absolute(volume))) : spec.WithVolume(VolumeMount.Parse(volume));
        foreach (string mount in invocation.Values("mount"))
            spec = MountFlag.Add(invocation, spec, mount);
        foreach (string tmpfs in invocation.Values("tmpfs"))
            spec = spec.WithTmpfs(TmpfsMount.Parse(tmpfs.Split(':', 2)[0], tmpfs.Split(':', 2) is [_, { } options] ? options : ""));
        foreach (string container in invocation.Values("volumes-from"))
            spec = spec.WithVolumesFrom(container);
        return spec with { ReadOnlyRoot = invocation.IsSet("read-only"), Devices = [.. invocation.Values("device").Select(DeviceMapping.Parse)] };
    }

    private static string Absolute(string volume)
    {
        int colon = volume.IndexOf(':', StringComparison.Ordinal);
        return Path.GetFullPath(volume[..colon]) + volume[colon..];
    }

    private static ContainerSpec ReadIsolation(CommandInvocation invocation, ContainerSpec spec)
    {
        spec = spec.WithAddedCapabilities(invocation.Values("cap-add")).WithDroppedCapabilities(invocation.Values("cap-drop")).WithSecurityOptions(invocation.Values("security-opt"));
        foreach (string parameter in invocation.Values("sysctl"))
            spec = spec.WithSysctl(Pair(parameter).Name, Pair(parameter).Value);
        return spec with
        {
            Privileged = invocation.IsSet("privileged"),
            PidNamespace = Mode("pid") ?? spec.PidNamespace,
            IpcNamespace = Mode("ipc") ?? spec.IpcNamespace,
            UtsNamespace = Mode("uts") ?? spec.UtsNamespace,
            CgroupNamespace = Mode("cgroupns") ?? spec.CgroupNamespace,
        };

        NamespaceMode? Mode(string name) => invocation.Value(name) is string mode ? NamespaceMode.Parse(mode) : null;
    }

    private static ContainerSpec ReadHealth(CommandInvocation invocation, ContainerSpec spec)
    {
        if (invocation.IsSet("no-healthcheck"))
            return spec with { HealthProbe = HealthProbe.None };
        string? command = invocation.Value("health-cmd");
        HealthProbe probe = (command is null ? new HealthProbe() : HealthProbe.ForScript(command)) with
        {
            Interval = DurationText.Read(invocation, "health-interval"),
            Timeout = DurationText.Read(invocation, "health-timeout"),
            StartPeriod = DurationText.Read(invocation, "health-start-period"),
            Retries = invocation.Number("health-retries"),
        };
        return probe == new HealthProbe() ? spec : spec with { HealthProbe = probe };
    }
}
