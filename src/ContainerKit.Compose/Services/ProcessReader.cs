using System.Collections.Immutable;

namespace ContainerKit.Compose.Services;

/// <summary>The process: command, user, terminal, how it ends, how it is started again, its health and its log.</summary>
internal static class ProcessReader
{
    public static ContainerSpec Read(Section section, ContainerSpec spec)
    {
        if (section.OptionalTexts("command") is { } command)
            spec = spec.WithCommand(command);
        if (section.OptionalTexts("entrypoint") is { } entrypoint)
            spec = spec.WithEntrypoint(entrypoint);
        if (section.Duration("stop_grace_period") is { } grace)
            spec = spec.WithStopTimeout(grace);
        if (section.Flag("tty"))
            spec = spec.WithTerminal();
        foreach ((string name, string? value) in section.Pairs("annotations"))
            spec = spec.WithAnnotation(name, value ?? "");
        spec = spec with
        {
            User = section.Text("user"),
            AdditionalGroups = section.Texts("group_add"),
            WorkingDirectory = section.Text("working_dir"),
            Hostname = section.Text("hostname"),
            Domainname = section.Text("domainname"),
            StopSignal = section.Text("stop_signal"),
            OpenStdin = section.Flag("stdin_open"),
            Init = section.Flag("init"),
            RestartPolicy = section.Parse("restart", RestartPolicy.Parse) ?? spec.RestartPolicy,
        };
        if (section.Below("logging") is { } logging)
            spec = spec.WithLog(ReadLog(logging));
        return section.Below("healthcheck") is { } health ? spec.WithHealthProbe(ReadHealth(health)) : spec;
    }

    private static LogOptions ReadLog(Section section)
    {
        LogOptions log = section.Text("driver") switch
        {
            null or "json-file" or "local" => new LogOptions(),
            "none" => LogOptions.None,
            string driver => throw section.Error("driver", $"'{driver}' is not supported: logs are kept in files (json-file, local), or not at all (none)"),
        };
        if (section.Below("options") is { } options)
        {
            log = log with
            {
                MaximumSize = options.Size("max-size") ?? log.MaximumSize,
                MaximumFiles = (int?)options.Number("max-file", 1, 1000) ?? log.MaximumFiles,
                Compress = options.Flag("compress"),
            };
            options.End();
        }

        section.End();
        return log;
    }

    private static HealthProbe ReadHealth(Section section)
    {
        bool isDisabled = section.Flag("disable");
        ImmutableArray<string> test = section.Texts("test");
        if (test is [not ("NONE" or "CMD" or "CMD-SHELL"), ..])
            throw section.Error("test", $"'{test[0]}' is not allowed: a list begins with NONE, CMD or CMD-SHELL");
        var probe = new HealthProbe
        {
            Test = test,
            Interval = Positive("interval"),
            Timeout = Positive("timeout"),
            StartPeriod = Positive("start_period"),
            StartInterval = Positive("start_interval"),
            Retries = (int?)section.Number("retries", 1, int.MaxValue),
        };
        section.End();
        return isDisabled || test is ["NONE", ..] ? HealthProbe.None : probe;

        // Zero is the default, as with docker.
        TimeSpan? Positive(string key) => section.Duration(key) is { } duration && duration > TimeSpan.Zero ? duration : null;
    }
}
