using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ContainerKit.Containers.State;

namespace ContainerKit.Containers.Translation;

/// <summary>Reads and writes config.json and state.json.</summary>
internal static class ContainerFiles
{
    /// <summary>More than any honest spec needs; a damaged or hostile file must not fill the memory.</summary>
    private const long MaximumLength = 16 << 20;

    private const string TemporarySuffix = ".tmp";

    internal static void WriteConfig(string directory, ContainerConfig config)
    {
        Write(ContainerPaths.Config(directory), config, ContainerJson.Default.ContainerConfig, durable: !config.IsEphemeral);
    }

    /// <summary>Makes the files that a container is written to, empty: making one takes a disk's file system as long as everything else at a start.</summary>
    internal static void Prepare(string directory)
    {
        foreach (string path in (string[])[ContainerPaths.Config(directory), ContainerPaths.State(directory)])
            File.OpenHandle(path + TemporarySuffix, FileMode.CreateNew, FileAccess.Write).Dispose();
    }

    /// <summary>Replaces the configuration of a container that is there: afterwards it is the old or the new one, whole.</summary>
    internal static void ReplaceConfig(string directory, ContainerConfig config)
        => Write(ContainerPaths.Config(directory), config, ContainerJson.Default.ContainerConfig, durable: !config.IsEphemeral);

    /// <summary>Writes the state.</summary>
    /// <param name="starting">True: a start is under way; recovery then looks for what it left behind.</param>
    internal static void WriteState(string directory, ContainerState state, bool ephemeral, bool starting = false)
    {
        var record = ContainerStateRecord.From(state, ephemeral) with { IsStarting = starting };

        // Nothing survives a crash of the machine running, so losing this to one makes no difference.
        bool durable = !ephemeral && !starting && state is not (ContainerState.Running or ContainerState.Restarting);
        Write(ContainerPaths.State(directory), record, ContainerJson.Default.ContainerStateRecord, durable);
    }

    /// <summary>The configuration; null where it is missing or damaged, which is a container that was never completely created.</summary>
    internal static ContainerConfig? ReadConfig(string directory)
    {
        ContainerConfig? config = Read(ContainerPaths.Config(directory), ContainerJson.Default.ContainerConfig, out _);
        return config is { Spec.Image: not null, Image.LayerDirectories.IsDefault: false } && ContainerId.IsComplete(config.Id) ? config : null;
    }

    /// <summary>The state; null where there is no file yet or its content is damaged.</summary>
    internal static ContainerStateRecord? ReadState(string directory, out bool damaged)
    {
        ContainerStateRecord? record = Read(ContainerPaths.State(directory), ContainerJson.Default.ContainerStateRecord, out damaged);
        if (record is null && !damaged)
            record = ReadConfig(directory)?.InitialState;
        if (record is null || record.ToState() is not null)
            return record;
        damaged = true;
        return null;
    }

    private static void Write<T>(string path, T value, JsonTypeInfo<T> type, bool durable)
    {
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(value, type);
        string temporary = path + TemporarySuffix;
        using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
        {
            RandomAccess.Write(file, content, 0);

            // A rename may reach the disk before the data does, and then a crash of the machine leaves an empty file. That matters only
            // for what is to be found again afterwards; an ephemeral container is removed by recovery whatever its files say.
            if (durable)
                RandomAccess.FlushToDisk(file);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static T? Read<T>(string path, JsonTypeInfo<T> type, out bool damaged)
        where T : class
    {
        damaged = false;
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            long length = RandomAccess.GetLength(file);
            damaged = length is 0 or > MaximumLength;
            if (damaged)
                return null;
            byte[] content = new byte[length];
            int read = RandomAccess.Read(file, content, 0);
            return JsonSerializer.Deserialize(content.AsSpan(0, read), type);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException)
        {
            damaged = true;
            return null;
        }
    }
}
