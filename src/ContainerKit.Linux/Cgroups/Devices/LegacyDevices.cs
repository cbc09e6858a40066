namespace ContainerKit.Linux.Cgroups.Devices;

/// <summary>The devices controller of version 1, Documentation/admin-guide/cgroup-v1/devices.rst.</summary>
internal static class LegacyDevices
{
    internal static void Apply(CgroupDirectory directory, DevicePolicy policy)
    {
        directory.Write("devices.deny", "a");
        foreach (DeviceRule rule in policy.Rules)
        {
            foreach (DeviceRule single in Split(rule))
                directory.Write("devices.allow", single.ToString());
        }
    }

    /// <summary>The kernel reads "a" as everything, whatever numbers and access follow it.</summary>
    private static IEnumerable<DeviceRule> Split(DeviceRule rule)
        => rule.Kind != DeviceKind.Any || rule is { Major: null, Minor: null, Access: DeviceAccess.All }
            ? [rule]
            : [rule with { Kind = DeviceKind.Block }, rule with { Kind = DeviceKind.Character }];
}
