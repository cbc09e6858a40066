namespace ContainerKit.Compose.Services;

/// <summary>A volume of the project.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Spec">What it is made from; its name is the real one.</param>
/// <param name="IsExternal">True: it has to be there, and is never made or removed.</param>
internal sealed record ProjectVolume(string Key, VolumeSpec Spec, bool IsExternal)
{
    public string Name => Spec.Name!;

    public static ProjectVolume Read(string key, Section section, string project)
    {
        (string name, bool isExternal) = ResourceName.Read(section, key, project);
        var spec = new VolumeSpec { Name = name };
        if (isExternal)
        {
            section.Accept("labels", "driver");
            section.End();
            return new ProjectVolume(key, spec, true);
        }

        if (section.Text("driver") is string driver)
            spec = spec with { Driver = driver };
        foreach ((string option, string? value) in section.Pairs("driver_opts"))
            spec = spec.WithDriverOption(option, value ?? "");
        foreach ((string label, string? value) in section.Pairs("labels"))
            spec = spec.WithLabel(label, value ?? "");
        section.End();
        return new ProjectVolume(key, spec, false);
    }
}
