using System.Net;

namespace ContainerKit.Compose.Services;

/// <summary>A network of the project.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Spec">What it is made from; its name is the real one.</param>
/// <param name="IsExternal">True: it has to be there, and is never made or removed.</param>
/// <param name="Hash">Tells it from one of another form.</param>
internal sealed record ProjectNetwork(string Key, NetworkSpec Spec, bool IsExternal, string Hash)
{
    public string Name => Spec.Name;

    public static ProjectNetwork Read(string key, Section section, string project)
    {
        (string name, bool isExternal) = ResourceName.Read(section, key, project);
        var spec = new NetworkSpec { Name = name };
        if (isExternal)
        {
            section.Accept("labels", "driver");
            section.End();
            return new ProjectNetwork(key, spec, true, "");
        }

        // Every container can be connected on one machine.
        section.Accept("attachable");
        if (section.Text("driver") is string driver)
            spec = spec.WithDriver(driver);
        foreach ((string option, string? value) in section.Pairs("driver_opts"))
            spec = spec.WithOption(option, value ?? "");
        foreach ((string label, string? value) in section.Pairs("labels"))
            spec = spec.WithLabel(label, value ?? "");
        spec = spec with { IsInternal = section.Flag("internal"), HasIPv6 = section.Flag("enable_ipv6"), HasIPv4 = section.OptionalFlag("enable_ipv4") ?? true };
        if (section.Below("ipam") is { } addresses)
        {
            if (addresses.Text("driver") is not (null or "default"))
                throw addresses.Error("driver", "this is not supported: addresses are managed by the engine");
            addresses.Refuse("the engine has no options for addresses", "options");
            foreach (Section pool in addresses.Each("config"))
                spec = ReadPool(spec, pool);
            addresses.End();
        }

        section.End();
        return new ProjectNetwork(key, spec, false, ResourceName.Hash(section.Mapping));
    }

    private static NetworkSpec ReadPool(NetworkSpec spec, Section pool)
    {
        var result = new NetworkPool
        {
            Subnet = Network("subnet"),
            Range = Network("ip_range"),
            Gateway = pool.Parse("gateway", IPAddress.Parse),
        };
        foreach ((string host, string? address) in pool.Pairs("aux_addresses"))
            result = result with { AuxiliaryAddresses = result.AuxiliaryAddresses.Add(host, pool.Guard("aux_addresses", () => IPAddress.Parse(address ?? "").ToString())) };
        pool.End();
        return spec.WithPool(result);

        IPNetwork? Network(string key) => pool.Text(key) is string text ? pool.Guard(key, () => (IPNetwork?)IPNetwork.Parse(text)) : null;
    }
}
