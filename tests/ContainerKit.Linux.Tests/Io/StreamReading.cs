using System.IO.Pipelines;
using System.Text;
using Xunit;

namespace ContainerKit.Linux.Tests.Io;

internal static class StreamReading
{
    internal static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    internal static async Task<string> ReadToEndAsync(this PipeReader reader)
    {
        var text = new StringBuilder();
        while (true)
        {
            ReadResult result = await reader.ReadAsync(Cancelled);
            text.Append(Encoding.UTF8.GetString(result.Buffer));
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return text.ToString();
            }
        }
    }

    internal static async Task<string> ReadUntilAsync(this PipeReader reader, string ending)
    {
        while (true)
        {
            ReadResult result = await reader.ReadAsync(Cancelled);
            string text = Encoding.UTF8.GetString(result.Buffer);
            if (text.Contains(ending, StringComparison.Ordinal) || result.IsCompleted)
            {
                reader.AdvanceTo(result.Buffer.End);
                return text;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    internal static async Task WriteTextAsync(this PipeWriter writer, string text)
        => await writer.WriteAsync(Encoding.UTF8.GetBytes(text), Cancelled);
}
