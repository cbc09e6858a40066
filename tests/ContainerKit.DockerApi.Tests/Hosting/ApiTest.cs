using System.Text.Json.Nodes;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Hosting;

/// <summary>What tests with containers share.</summary>
public abstract class ApiTest(ApiFixture api)
{
    internal ApiFixture Api { get; } = api;

    internal static void RequireBusybox()
    {
        if (!ApiFixture.HasBusybox)
            Assert.Skip("missing capability: a static busybox (Debian package busybox-static)");
    }

    internal static JsonArray Words(params string[] words) => [.. words.Select(word => (JsonNode)word)];

    internal static string UniqueName(string kind) => $"{kind}-{Guid.NewGuid():N}"[..(kind.Length + 9)];

    /// <summary>The body of a create.</summary>
    internal static JsonObject Body(params string[] command) => new() { ["Image"] = BusyboxImage.Name, ["Cmd"] = Words(command) };

    internal async Task<string> CreateAsync(JsonObject body, string? name = null)
        => (await Api.PostAsync($"/containers/create{(name is null ? "" : "?name=" + name)}", body))!["Id"]!.GetValue<string>();

    internal async Task<string> RunAsync(JsonObject body, string? name = null)
    {
        string id = await CreateAsync(body, name);
        await Api.PostAsync($"/containers/{id}/start");
        return id;
    }

    internal Task RemoveAsync(string id) => Api.CallAsync(HttpMethod.Delete, $"/containers/{id}?force=1&v=1");

    internal async Task<int> WaitAsync(string id) => (await Api.PostAsync($"/containers/{id}/wait"))!["StatusCode"]!.GetValue<int>();
}
