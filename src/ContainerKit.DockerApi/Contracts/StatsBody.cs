using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Contracts;

/// <summary>A sample of GET /containers/{id}/stats.</summary>
internal sealed record StatsBody
{
    [JsonPropertyName("name")]
    public required string Name { get; init; }

    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("read")]
    public required string Read { get; init; }

    [JsonPropertyName("preread")]
    public required string PreviousRead { get; init; }

    [JsonPropertyName("pids_stats")]
    public required PidsBody Pids { get; init; }

    [JsonPropertyName("blkio_stats")]
    public required BlockBody Block { get; init; }

    [JsonPropertyName("num_procs")]
    public int ProcessCount { get; init; }

    [JsonPropertyName("storage_stats")]
    public EmptyBody Storage { get; init; } = new();

    [JsonPropertyName("cpu_stats")]
    public required CpuBody Cpu { get; init; }

    [JsonPropertyName("precpu_stats")]
    public required CpuBody PreviousCpu { get; init; }

    [JsonPropertyName("memory_stats")]
    public required MemoryBody Memory { get; init; }

    [JsonPropertyName("networks")]
    public IReadOnlyDictionary<string, NetworkBody>? Networks { get; init; }

    internal sealed record EmptyBody;

    internal sealed record PidsBody([property: JsonPropertyName("current")] long? Current, [property: JsonPropertyName("limit")] long? Limit);

    internal sealed record BlockBody(
        [property: JsonPropertyName("io_service_bytes_recursive"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] IReadOnlyList<BlockEntryBody>? Bytes,
        [property: JsonPropertyName("io_serviced_recursive"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] IReadOnlyList<BlockEntryBody>? Operations);

    internal sealed record BlockEntryBody(
        [property: JsonPropertyName("major")] int Major,
        [property: JsonPropertyName("minor")] int Minor,
        [property: JsonPropertyName("op")] string Operation,
        [property: JsonPropertyName("value")] long Value);

    internal sealed record CpuBody
    {
        [JsonPropertyName("cpu_usage")]
        public required CpuUsageBody Usage { get; init; }

        [JsonPropertyName("system_cpu_usage")]
        public long? System { get; init; }

        [JsonPropertyName("online_cpus")]
        public int? OnlineCpus { get; init; }

        [JsonPropertyName("throttling_data")]
        public required ThrottlingBody Throttling { get; init; }
    }

    internal sealed record CpuUsageBody(
        [property: JsonPropertyName("total_usage")] long Total,
        [property: JsonPropertyName("usage_in_kernelmode")] long Kernel,
        [property: JsonPropertyName("usage_in_usermode")] long User);

    internal sealed record ThrottlingBody(
        [property: JsonPropertyName("periods")] long Periods,
        [property: JsonPropertyName("throttled_periods")] long ThrottledPeriods,
        [property: JsonPropertyName("throttled_time")] long ThrottledTime);

    internal sealed record MemoryBody(
        [property: JsonPropertyName("usage")] long? Usage,
        [property: JsonPropertyName("limit")] long? Limit,
        [property: JsonPropertyName("stats")] IReadOnlyDictionary<string, long>? Stats);

    internal sealed record NetworkBody
    {
        [JsonPropertyName("rx_bytes")]
        public long ReceivedBytes { get; init; }

        [JsonPropertyName("rx_packets")]
        public long ReceivedPackets { get; init; }

        [JsonPropertyName("rx_errors")]
        public long ReceiveErrors { get; init; }

        [JsonPropertyName("rx_dropped")]
        public long ReceiveDrops { get; init; }

        [JsonPropertyName("tx_bytes")]
        public long SentBytes { get; init; }

        [JsonPropertyName("tx_packets")]
        public long SentPackets { get; init; }

        [JsonPropertyName("tx_errors")]
        public long SendErrors { get; init; }

        [JsonPropertyName("tx_dropped")]
        public long SendDrops { get; init; }
    }
}
