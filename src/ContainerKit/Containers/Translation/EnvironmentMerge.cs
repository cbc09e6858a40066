using System.Collections.Immutable;
using ContainerKit.Containers.State;

namespace ContainerKit.Containers.Translation;

/// <summary>Environments by Docker's rules: a later value replaces an earlier one in its place, new ones are appended.</summary>
internal static class EnvironmentMerge
{
    /// <summary>What a command can be found with when the image says nothing.</summary>
    internal const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The environment of a container's command. HOME is the runtime's: it knows the user's entry in passwd.</summary>
    internal static ImmutableArray<string> ForContainer(ContainerConfig config, string hostname)
    {
        List<string> result = [DefaultPath, $"HOSTNAME={hostname}"];
        if (config.Spec.Terminal)
            result.Add("TERM=xterm");
        foreach (string entry in config.Image.Environment)
            Set(result, entry);
        Apply(result, config.Spec.Environment);
        if (config.Spec.Secrets is { } secrets)
            Apply(result, secrets.Environment);
        return [.. result];
    }

    /// <summary>The environment of a further command.</summary>
    internal static ImmutableArray<string> ForExec(ImmutableArray<string> container, ExecSpec spec)
    {
        if (spec.Environment.IsEmpty && !spec.Terminal)
            return container;
        List<string> result = [.. container];
        if (spec.Terminal && IndexOf(result, "TERM") < 0)
            result.Add("TERM=xterm");
        Apply(result, spec.Environment);
        return [.. result];
    }

    private static void Apply(List<string> entries, ImmutableSortedDictionary<string, string?> changes)
    {
        foreach ((string name, string? value) in changes)
        {
            if (value is not null)
                Set(entries, $"{name}={value}");
            else if (IndexOf(entries, name) is >= 0 and var index)
                entries.RemoveAt(index);
        }
    }

    private static void Set(List<string> entries, string entry)
    {
        int equals = entry.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            return; // an image's entry without a value sets nothing
        int index = IndexOf(entries, entry.AsSpan(0, equals));
        if (index < 0)
            entries.Add(entry);
        else
            entries[index] = entry;
    }

    private static int IndexOf(List<string> entries, ReadOnlySpan<char> name)
    {
        for (int i = 0; i < entries.Count; i++)
        {
            if (entries[i].Length > name.Length && entries[i][name.Length] == '=' && entries[i].AsSpan().StartsWith(name, StringComparison.Ordinal))
                return i;
        }

        return -1;
    }
}
