using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ContainerKit.Cli.Images;
using ContainerKit.Cli.Tests.Hosting;
using ContainerKit.RegistryServer;
using Xunit;

namespace ContainerKit.Cli.Tests.Terminals;

/// <summary>The lines of pulls and pushes, which are drawn again and again on a terminal.</summary>
public sealed class ProgressTests
{
    private static readonly Dictionary<string, string> None = [];

    [Theory]
    [InlineData(120, false)]
    [InlineData(40, false)]
    [InlineData(120, true)]
    public async Task Pull_and_push_end_with_one_line_for_each_layer(int columns, bool isResized)
    {
        await using Workspace workspace = await Workspace.CreateAsync();
        await workspace.ServeAsync();
        await using OciRegistryServer registry = await OciRegistryServer.StartAsync(
            new OciRegistryServerOptions { Registry = new OciRegistryOptions { StorageDirectory = workspace.Path("registry") } }, workspace.Bound);
        string name = $"{registry.Name}/app:1";
        await BuildAsync(workspace, name, layers: 4);

        TerminalScreen pushed = await ShowAsync("push", name);
        AssertLayers(pushed, "Pushed", 4);
        Assert.Contains("The push refers to repository [", pushed.Lines[0], StringComparison.Ordinal);
        Assert.Matches("1: digest: sha256:[0-9a-f]{64} size: [0-9]+$", Joined(pushed));

        TerminalScreen again = await ShowAsync("push", name);
        AssertLayers(again, "Layer already exists", 4);

        // With what the build keeps of it.
        await workspace.ServedAsync(0, "system", "prune", "--all", "--force");
        TerminalScreen pulled = await ShowAsync("pull", name);
        AssertLayers(pulled, "Pull complete", 4);
        Assert.Equal($"1: Pulling from {registry.Name}/app"[..Math.Min(columns - 2, 23)], pulled.Lines[0][..Math.Min(columns - 2, 23)]);
        Assert.Matches($"Digest: sha256:[0-9a-f]{{64}}Status: Downloaded newer image for {Regex.Escape(name)}{Regex.Escape(name)}$", Joined(pulled));

        (string plain, _) = await workspace.ServedAsync(0, "pull", name);
        Assert.DoesNotContain('\u001b', plain);
        Assert.DoesNotContain('\r', plain);
        Assert.Contains($"Status: Image is up to date for {name}\n", plain, StringComparison.Ordinal);

        async Task<TerminalScreen> ShowAsync(params string[] arguments)
        {
            await using PtyProgram program = PtyProgram.Start(40, columns, None, ["--host", $"unix://{workspace.Socket}", .. arguments], workspace.Bound);
            if (isResized)
            {
                // Whenever that comes: what is drawn from then on fits.
                await program.ExpectAsync("\n");
                program.Resize(40, 60);
            }

            int code = await program.EndAsync();
            Assert.True(code == 0 && program.IsCooked(), program.Shown);
            var screen = new TerminalScreen(program.Shown, columns);
            Assert.Equal((screen.Lines.Length - 1, 0), screen.Cursor);
            return screen;
        }
    }

    [Fact]
    public async Task Lines_are_found_again_above_others_that_wrap()
    {
        using var output = new StringWriter();
        var display = new ProgressDisplay(output, () => new TerminalSize(40, 40));
        await display.ShowAsync("Pulling fs layer", "one", new JsonObject());
        await display.ShowAsync("Pulling fs layer", "two", new JsonObject());
        await display.ShowAsync($"Digest: sha256:{new string('0', 64)}", "", null);
        await display.ShowAsync(Messages($"Loaded image: {new string('x', 40)}\n"));
        await display.ShowAsync("Pulling fs layer", "three", new JsonObject());
        foreach (string id in (string[])["one", "two", "three"])
        {
            await display.ShowAsync("Downloading", id, Step(2_000_000_000, 3_000_000_000));
            await display.ShowAsync("Pull complete, and more than the line has room for", id, new JsonObject());
        }

        var screen = new TerminalScreen(output.ToString().Replace("\n", "\r\n", StringComparison.Ordinal), 40);
        Assert.Equal(
            [
                "one: Pull complete, and more than the …", "two: Pull complete, and more than the …",
                $"Digest: sha256:{new string('0', 25)}", new string('0', 39), $"Loaded image: {new string('x', 26)}", new string('x', 14), "three: Pull complete, and more than th…", "",
            ],
            screen.Lines);
    }

    [Fact]
    public async Task Lines_fit_a_terminal_that_became_narrower()
    {
        using var output = new StringWriter();
        var size = new TerminalSize(40, 120);
        var display = new ProgressDisplay(output, () => size);
        await display.ShowAsync("Downloading", "one", Step(1, 3));
        await display.ShowAsync("Downloading", "two", Step(1, 3));
        size = new TerminalSize(40, 20);
        await display.ShowAsync("Downloading", "one", Step(2_000_000_000, 3_000_000_000));
        await display.ShowAsync("Pull complete", "two", new JsonObject());

        Assert.Equal(["one: Downloading  …", "two: Pull complete", ""], new TerminalScreen(output.ToString().Replace("\n", "\r\n", StringComparison.Ordinal), 120).Lines);
    }

    [Fact]
    public async Task Output_that_is_no_terminal_gets_what_began_and_what_ended()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var display = new ProgressDisplay(output, () => null);
        await display.ShowAsync("Pulling fs layer", "one", new JsonObject());
        await display.ShowAsync("Downloading", "one", Step(1, 3));
        await display.ShowAsync("Pull complete", "one", new JsonObject());

        Assert.Equal("one: Pulling fs layer\none: Pull complete\n", output.ToString());
    }

    private static JsonObject Step(long current, long total) => new() { ["current"] = current, ["total"] = total };

    private static async IAsyncEnumerable<JsonNode> Messages(params string[] texts)
    {
        foreach (string text in texts)
        {
            await Task.Yield();
            yield return new JsonObject { ["stream"] = text };
        }
    }

    private static void AssertLayers(TerminalScreen screen, string status, int layers)
    {
        string[] lines = [.. screen.Lines.Where(line => Regex.IsMatch(line, "^[0-9a-f]{12}: "))];
        Assert.Equal(layers, lines.Length);
        Assert.All(lines, line => Assert.Equal(status, line[14..]));
        Assert.Equal(layers, lines.Select(line => line[..12]).Distinct().Count());
    }

    /// <summary>What is below the layers, as if nothing had wrapped.</summary>
    private static string Joined(TerminalScreen screen) => string.Concat(screen.Lines.Where(line => !Regex.IsMatch(line, "^[0-9a-f]{12}: ")).Skip(1));

    private static async Task BuildAsync(Workspace workspace, string name, int layers)
    {
        string file = "FROM scratch\n";
        for (int i = 0; i < layers; i++)
        {
            // Large enough to be told of several times, and different each.
            byte[] content = new byte[300_000];
            new Random(i).NextBytes(content);
            await workspace.WriteAsync($"context/{i}", Convert.ToBase64String(content));
            file += $"COPY {i} /{i}\n";
        }

        string context = Path.GetDirectoryName(await workspace.WriteAsync("context/Dockerfile", file))!;
        await workspace.ServedAsync(0, "build", "-q", "-t", name, context);
    }
}
