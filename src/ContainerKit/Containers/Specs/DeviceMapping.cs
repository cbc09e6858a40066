namespace ContainerKit;

/// <summary>A device of the host that a container may use.</summary>
/// <param name="HostPath">A device file of the host, or a directory whose devices are all taken. It must exist.</param>
/// <param name="ContainerPath">Absolute path inside; null: as on the host.</param>
/// <param name="Permissions">What may be done with it; less than <see cref="DevicePermissions.All"/> needs root.</param>
public sealed record DeviceMapping(string HostPath, string? ContainerPath = null, DevicePermissions Permissions = DevicePermissions.All)
{
    /// <summary>Reads Docker's form <c>HOSTPATH[:PATH][:PERMISSIONS]</c>, as in <c>/dev/sda:/dev/xvda:r</c>.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is not of this form.</exception>
    public static DeviceMapping Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split(':') switch
        {
            [{ Length: > 0 } host] => new(host),
            [{ Length: > 0 } host, ['/', ..] inside] => new(host, inside),
            [{ Length: > 0 } host, var letters] when TryParse(letters, out DevicePermissions permissions) => new(host, null, permissions),
            [{ Length: > 0 } host, ['/', ..] inside, var letters] when TryParse(letters, out DevicePermissions permissions) => new(host, inside, permissions),
            _ => throw new FormatException($"'{text}' is no device: expected HOSTPATH, HOSTPATH:PATH or HOSTPATH:PATH:PERMISSIONS with some of the letters rwm."),
        };
    }

    private static bool TryParse(string letters, out DevicePermissions permissions)
    {
        permissions = DevicePermissions.None;
        foreach (char letter in letters)
        {
            DevicePermissions one = letter switch { 'r' => DevicePermissions.Read, 'w' => DevicePermissions.Write, 'm' => DevicePermissions.MakeNode, _ => DevicePermissions.None };
            if (one == DevicePermissions.None || (permissions & one) != 0)
                return false;
            permissions |= one;
        }

        return permissions != DevicePermissions.None;
    }
}
