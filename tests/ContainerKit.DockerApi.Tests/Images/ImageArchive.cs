using System.Formats.Tar;
using System.Text.Json.Nodes;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Images;

/// <summary>Small images, made through the API.</summary>
internal static class ImageArchive
{
    /// <summary>Imports a root file system of one file, which no other test has; the image's id.</summary>
    internal static async Task<string> ImportAsync(ApiFixture api, string? name, string query = "")
    {
        using var archive = new MemoryStream();
        await using (var tar = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "id") { DataStream = new MemoryStream(Guid.NewGuid().ToByteArray()) });
        using HttpResponseMessage response = await api.Client.PostAsync(
            $"/images/create?fromSrc=-&repo={name}&{query}", new ByteArrayContent(archive.ToArray()), TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!["status"]!.GetValue<string>();
    }
}
