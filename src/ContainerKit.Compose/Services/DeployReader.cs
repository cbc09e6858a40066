namespace ContainerKit.Compose.Services;

/// <summary>What one machine can do of <c>deploy</c>: the number of containers, limits and the restart policy.</summary>
internal static class DeployReader
{
    public static (ContainerSpec Spec, int? Replicas) Read(Section service, ContainerSpec spec)
    {
        if (service.Below("deploy") is not { } section)
            return (spec, null);
        section.Refuse("it is about several machines", "placement", "endpoint_mode");
        section.Refuse("containers are replaced one after the other by up", "update_config", "rollback_config");
        section.Refuse("a service is nothing besides its containers: give them labels", "labels");
        if (section.Text("mode") is not (null or "replicated" or "global") and string mode)
            throw section.Error("mode", $"'{mode}' is not supported: expected replicated or global");
        int? replicas = (int?)section.Number("replicas", 0, 1000);
        if (section.Below("resources") is { } resources)
        {
            spec = ReadLimits(resources, spec);
            spec = ReadReservations(resources, spec);
            resources.End();
        }

        if (section.Below("restart_policy") is { } policy)
            spec = spec.WithRestartPolicy(ReadPolicy(policy));
        section.End();
        return (spec, replicas);
    }

    private static ContainerSpec ReadLimits(Section resources, ContainerSpec spec)
    {
        if (resources.Below("limits") is not { } limits)
            return spec;
        limits.Refuse("it is about several machines", "generic_resources");
        spec = spec with
        {
            CpuLimit = limits.Fraction("cpus") ?? spec.CpuLimit,
            MemoryLimit = limits.Size("memory") ?? spec.MemoryLimit,
            PidsLimit = limits.Number("pids", -1) ?? spec.PidsLimit,
        };
        limits.End();
        return spec;
    }

    private static ContainerSpec ReadReservations(Section resources, ContainerSpec spec)
    {
        if (resources.Below("reservations") is not { } reservations)
            return spec;
        reservations.Refuse("devices of graphics cards need a runtime of their vendor", "devices");
        reservations.Refuse("processors are reserved by a scheduler of several machines: use cpu_shares or limits", "cpus", "generic_resources");
        spec = spec with { MemoryReservation = reservations.Size("memory") ?? spec.MemoryReservation };
        reservations.End();
        return spec;
    }

    private static RestartPolicy ReadPolicy(Section section)
    {
        section.Refuse("the delay grows by itself, and is set back by a run of ten seconds", "delay", "window");
        int attempts = (int?)section.Number("max_attempts", 0, int.MaxValue) ?? 0;
        string condition = section.Text("condition") ?? "any";
        section.End();
        return condition switch
        {
            "none" => RestartPolicy.No,
            "on-failure" => RestartPolicy.OnFailure(attempts),
            "any" when attempts == 0 => RestartPolicy.Always,
            "any" => throw section.Error("max_attempts", "a bound is for the condition on-failure"),
            _ => throw section.Error("condition", $"'{condition}' is not allowed: expected none, on-failure or any"),
        };
    }
}
