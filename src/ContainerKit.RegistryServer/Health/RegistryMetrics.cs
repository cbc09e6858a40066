using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace ContainerKit.RegistryServer.Health;

/// <summary>What is counted, as text for Prometheus (exposition format 0.0.4). No names of repositories or users: their number has no bound.</summary>
internal sealed class RegistryMetrics
{
    private readonly ConcurrentDictionary<(string Route, string Method, int Status), MetricCounter> _requests = new();

    internal MetricCounter BytesReceived { get; } = new();

    internal MetricCounter BytesSent { get; } = new();

    internal MetricCounter EventsSent { get; } = new();

    internal MetricCounter EventsDropped { get; } = new();

    internal MetricCounter Collections { get; } = new();

    internal MetricCounter CollectedBytes { get; } = new();

    internal MetricCounter MirroredBlobs { get; } = new();

    internal void CountRequest(string route, string method, int status)
        => _requests.GetOrAdd((route, method is "GET" or "HEAD" or "PUT" or "POST" or "PATCH" or "DELETE" ? method : "other", status), _ => new MetricCounter()).Add();

    internal string Format(int uploads)
    {
        var text = new StringBuilder();
        Describe(text, "requests_total", "counter", "Requests that were answered.");
        foreach (((string route, string method, int status), MetricCounter counter) in _requests.OrderBy(each => each.Key))
            text.Append(CultureInfo.InvariantCulture, $"containerkit_registry_requests_total{{route=\"{route}\",method=\"{method}\",status=\"{status}\"}} {counter.Value}\n");
        Add(text, "received_bytes_total", "Bytes of blobs that were uploaded.", BytesReceived);
        Add(text, "sent_bytes_total", "Bytes of blobs that were sent.", BytesSent);
        Add(text, "events_sent_total", "Events that receivers have taken.", EventsSent);
        Add(text, "events_dropped_total", "Events that no receiver has taken.", EventsDropped);
        Add(text, "collections_total", "Collections of garbage.", Collections);
        Add(text, "collected_bytes_total", "Bytes that collections have removed.", CollectedBytes);
        Add(text, "mirrored_blobs_total", "Blobs that were fetched from the registry that this one is a cache of.", MirroredBlobs);
        Describe(text, "uploads", "gauge", "Uploads that are not finished.");
        return text.Append(CultureInfo.InvariantCulture, $"containerkit_registry_uploads {uploads}\n").ToString();
    }

    private static void Add(StringBuilder text, string name, string help, MetricCounter counter)
    {
        Describe(text, name, "counter", help);
        text.Append(CultureInfo.InvariantCulture, $"containerkit_registry_{name} {counter.Value}\n");
    }

    private static void Describe(StringBuilder text, string name, string type, string help)
        => text.Append(CultureInfo.InvariantCulture, $"# HELP containerkit_registry_{name} {help}\n# TYPE containerkit_registry_{name} {type}\n");
}
