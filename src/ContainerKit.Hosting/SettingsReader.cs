using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace ContainerKit.Hosting;

/// <summary>Reads settings without reflection, which a trimmed application does not have; a key that is misspelt would have no effect, and is an error.</summary>
internal static class SettingsReader
{
    internal static void Read(IConfiguration section, ContainerKitOptions options)
    {
        foreach (IConfigurationSection setting in section.GetChildren())
        {
            if (Is(setting, nameof(options.DataRoot)))
                options.DataRoot = setting.Value;
            else if (Is(setting, nameof(options.PrepareContainers)))
                options.PrepareContainers = ReadBoolean(setting);
            else if (Is(setting, nameof(options.StartContainers)))
                options.StartContainers = ReadBoolean(setting);
            else if (Is(setting, nameof(options.OpenAtStart)))
                options.OpenAtStart = ReadBoolean(setting);
            else if (Is(setting, nameof(options.ShutdownTimeout)))
                options.ShutdownTimeout = ReadTime(setting);
            else
                throw Wrong(setting, "there is no such setting of ContainerKit: DataRoot, PrepareContainers, StartContainers, OpenAtStart and ShutdownTimeout are");
        }
    }

    private static bool Is(IConfigurationSection setting, string name) => setting.Key.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static bool ReadBoolean(IConfigurationSection setting)
        => bool.TryParse(setting.Value, out bool value) ? value : throw Wrong(setting, $"'{setting.Value}' is neither true nor false");

    private static TimeSpan ReadTime(IConfigurationSection setting)
        => TimeSpan.TryParse(setting.Value, CultureInfo.InvariantCulture, out TimeSpan value) && value >= TimeSpan.Zero
            ? value
            : throw Wrong(setting, $"'{setting.Value}' is no time such as 00:00:10");

    private static InvalidOperationException Wrong(IConfigurationSection setting, string why) => new($"{setting.Path}: {why}.");
}
