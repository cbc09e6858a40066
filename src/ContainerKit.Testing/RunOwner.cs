using System.Globalization;

namespace ContainerKit.Testing;

/// <summary>Which process a snapshot or a group's network belongs to: what one that was killed has left is nobody's, and goes.</summary>
internal static class RunOwner
{
    internal const string Label = "containerkit.testing.owner";

    /// <summary>The process id, the time of its start and the boot: together they never come again.</summary>
    internal static string Current { get; } = Describe(Environment.ProcessId) ?? "unknown";

    /// <summary>Removes what dead processes have left. What belongs to others on the same data root stays.</summary>
    internal static async Task RemoveOrphansAsync(ContainerEngine engine)
    {
        foreach (Image image in await engine.Images.ListAsync(FilterSet.Empty.With("label", Label)).ConfigureAwait(false))
        {
            if (image.Configuration.Config.Labels.TryGetValue(Label, out string? owner) && !IsAlive(owner))
                await RemoveAsync(engine, image).ConfigureAwait(false);
        }

        foreach (NetworkInfo network in await engine.Networks.ListAsync(FilterSet.Empty.With("label", Label)).ConfigureAwait(false))
        {
            if (network.Labels.TryGetValue(Label, out string? owner) && !IsAlive(owner))
                await RemoveAsync(engine, network).ConfigureAwait(false);
        }
    }

    private static async Task RemoveAsync(ContainerEngine engine, NetworkInfo network)
    {
        try
        {
            await engine.Networks.RemoveAsync(network.Id).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NotFoundException or ConflictException)
        {
            // Another process was quicker.
        }
    }

    /// <summary>Removes a snapshot, unless somebody uses or has removed it.</summary>
    internal static async Task RemoveAsync(ContainerEngine engine, Image image)
    {
        try
        {
            await engine.Images.RemoveAsync(image.Id.ToString(), force: true).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NotFoundException or ConflictException)
        {
            // Another process was quicker, or a container is made of it: then it goes at the next opportunity.
        }
    }

    private static bool IsAlive(string owner)
        => int.TryParse(owner.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && Describe(pid) == owner;

    /// <summary>Null when there is no such process. Field 22 of proc_pid_stat(5) is the time of the start; the name before it may hold anything but ends with the last parenthesis.</summary>
    private static string? Describe(int pid)
    {
        try
        {
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            string boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            return string.Create(CultureInfo.InvariantCulture, $"{pid}-{fields[19]}-{boot}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended; or the pid is somebody else's by now, who is hidden, proc(5), hidepid=1.
            return null;
        }
    }
}
