using System.Text;
using System.Text.Json;
using ContainerKit.Containers.Instances;
using ContainerKit.Containers.State;
using Xunit;

namespace ContainerKit.Tests.Containers;

public class SettledStateTests
{
    private static readonly ContainerState.Exited s_exited = new(ExitStatus.FromSignal(SignalName.Kill), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), "a \"reason\"\n")
    {
        OutOfMemory = true,
        RestartCount = 3,
        StoppedByCaller = true,
    };

    public static TheoryData<string> Settled => [Write(new ContainerState.Created()), Write(new ContainerState.Created(127, "no such command")), Write(s_exited)];

    public static TheoryData<string> Others =>
    [
        Write(s_exited, ephemeral: true), Write(s_exited, starting: true), Write(new ContainerState.Removing()),
        """{"status":"Running"}""", """{"status":"Exited"}""", """{"status":"Exited","exitCode":0}""", """{"status":"Exited","exitCode":"0","finishedAt":"2026-01-01T00:00:00Z"}""",
        """{"status":"Exited","exitCode":0,"finishedAt":"yesterday"}""", """{"status":"Created","status":"Running"}""", """{"status":"Created","network":{}}""",
        """{"status":"Created"}}""", """[{"status":"Created"}]""", "", "null", "{}",
    ];

    [Theory]
    [MemberData(nameof(Settled))]
    public void A_container_that_simply_exists_is_recognised(string json) => Assert.True(SettledState.IsIn(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [MemberData(nameof(Others))]
    public void Everything_else_is_left_to_the_full_reading(string json) => Assert.False(SettledState.IsIn(Encoding.UTF8.GetBytes(json)));

    /// <summary>A container that needs recovery and is taken for a settled one would stay as it is for ever.</summary>
    [Theory]
    [MemberData(nameof(Settled))]
    public void What_is_recognised_in_damaged_files_is_what_the_full_reading_finds(string json)
    {
        byte[] whole = Encoding.UTF8.GetBytes(json);
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] damaged = whole[..(i % 2 == 0 ? whole.Length : random.Next(whole.Length))];
            for (int changes = random.Next(3); changes >= 0 && damaged.Length > 0; changes--)
                damaged[random.Next(damaged.Length)] = whole[random.Next(whole.Length)];
            if (SettledState.IsIn(damaged))
                Assert.True(IsSettledByFullReading(damaged), Encoding.UTF8.GetString(damaged));
        }
    }

    private static bool IsSettledByFullReading(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ContainerJson.Default.ContainerStateRecord)
                is { Ephemeral: false, IsStarting: false, Status: ContainerStatus.Created or ContainerStatus.Exited } record && record.ToState() is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Write(ContainerState state, bool ephemeral = false, bool starting = false)
        => JsonSerializer.Serialize(ContainerStateRecord.From(state, ephemeral) with { IsStarting = starting }, ContainerJson.Default.ContainerStateRecord);
}
