using System.Text.Json;
using ContainerKit.Containers.Translation;

namespace ContainerKit.Containers.State;

/// <summary>
/// Recognises the state.json of a container that simply exists, without the serializer: its metadata takes a fresh process ten times as long to set up as a thousand
/// of these files to be read.
/// </summary>
internal static class SettledState
{
    /// <summary>Those of containers that run are longer.</summary>
    internal const int LongestFile = 4096;

    /// <summary>True only when it is certain; where not, <see cref="ContainerFiles.ReadState"/> decides.</summary>
    /// <param name="directory">The container's directory.</param>
    /// <param name="buffer">For the file; one for all.</param>
    internal static bool IsIn(string directory, byte[] buffer)
    {
        try
        {
            using var file = File.OpenHandle(ContainerPaths.State(directory), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            int length = RandomAccess.Read(file, buffer, 0);
            return length < buffer.Length && IsIn(buffer.AsSpan(0, length));
        }
        catch (FileNotFoundException)
        {
            return false; // it was never started
        }
    }

    /// <summary>The same of what such a file holds.</summary>
    internal static bool IsIn(ReadOnlySpan<byte> json)
    {
        try
        {
            return Read(json);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return false;
        (bool isCreated, bool isExited, bool hasCode, bool hasEnd) = (false, false, false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("status"u8))
            {
                (isCreated, isExited) = (IsText(ref reader, "Created"u8), IsText(reader, "Exited"u8));
                if (!isCreated && !isExited)
                    return false;
            }
            else if (reader.ValueTextEquals("ephemeral"u8) || reader.ValueTextEquals("isStarting"u8))
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.False)
                    return false;
            }
            else if (reader.ValueTextEquals("exitCode"u8))
            {
                hasCode = IsInteger(ref reader);
                if (!hasCode)
                    return false;
            }
            else if (reader.ValueTextEquals("finishedAt"u8))
            {
                hasEnd = IsMoment(ref reader);
                if (!hasEnd)
                    return false;
            }
            else if (!IsOther(ref reader))
            {
                return false;
            }
        }

        return reader.TokenType == JsonTokenType.EndObject && !reader.Read() && (isCreated || (isExited && hasCode && hasEnd));
    }

    /// <summary>What else is said of a container that does not run. Anything more is none of this.</summary>
    private static bool IsOther(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("startedAt"u8))
            return IsMoment(ref reader);
        if (reader.ValueTextEquals("restartCount"u8) || reader.ValueTextEquals("signal"u8))
            return IsInteger(ref reader);
        if (reader.ValueTextEquals("outOfMemory"u8) || reader.ValueTextEquals("stoppedByCaller"u8))
            return reader.Read() && reader.TokenType is JsonTokenType.True or JsonTokenType.False;
        return reader.ValueTextEquals("error"u8) && reader.Read() && reader.TokenType == JsonTokenType.String;
    }

    private static bool IsText(ref Utf8JsonReader reader, ReadOnlySpan<byte> text) => reader.Read() && IsText(reader, text);

    private static bool IsText(Utf8JsonReader reader, ReadOnlySpan<byte> text) => reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(text);

    private static bool IsInteger(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out _);

    private static bool IsMoment(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out _);
}
