using System.Text.Json.Nodes;
using ContainerKit.Cli.Builds;
using Xunit;

namespace ContainerKit.Cli.Tests.Builds;

public sealed class BuildDisplayTests
{
    [Fact]
    public void A_frame_is_never_wider_or_higher_than_the_terminal()
    {
        var frame = new BuildFrame();
        for (int i = 1; i <= 40; i++)
        {
            frame.Start(i, 40, $"RUN {new string('x', 300)}", TimeSpan.FromSeconds(i));
            frame.Write(i, "one\ntwo\nthree");
            if (i < 40)
                frame.Complete(i, TimeSpan.FromSeconds(i + 1));
        }

        foreach ((int rows, int columns) in new[] { (24, 80), (5, 20), (1, 1) })
        {
            List<string> lines = frame.Draw(TimeSpan.FromSeconds(41), rows, columns, isColoured: false, isEnd: false);
            Assert.True(lines.Count <= Math.Max(rows - 1, 2));
            Assert.All(lines, line => Assert.InRange(line.Length, 0, Math.Max(columns - 1, 1)));
        }

        List<string> shown = frame.Draw(TimeSpan.FromSeconds(41), 24, 80, isColoured: false, isEnd: false);
        Assert.Equal("[+] Building 41.0s (39/40)", shown[0]);
        Assert.Equal(" => => # three", shown[^1]);
        Assert.Equal(41, frame.Draw(TimeSpan.FromSeconds(41), 24, 80, isColoured: false, isEnd: true).Count);
    }

    [Fact]
    public void Colours_are_for_terminals_and_output_can_not_move_the_cursor()
    {
        var frame = new BuildFrame();
        frame.Start(1, 2, "FROM a", TimeSpan.Zero);
        frame.Cached(1, TimeSpan.Zero);
        frame.Complete(1, TimeSpan.FromSeconds(5));
        frame.Start(2, 2, "RUN b", TimeSpan.Zero);
        frame.Write(2, "10%\r20%\r\n\u001b[2J\u001b[31mred\a\n");

        Assert.Equal(
            ["[+] Building 1.0s (1/2)", "\u001b[34m => CACHED [1/2] FROM a            0.0s\u001b[0m", " => [2/2] RUN b                    1.0s", " => => # 20%", " => => # red"],
            frame.Draw(TimeSpan.FromSeconds(1), 24, 40, isColoured: true, isEnd: false));
        frame.Fail(2, TimeSpan.FromSeconds(1));
        Assert.Contains("red", frame.DescribeFailures());
        Assert.DoesNotContain(frame.Draw(TimeSpan.FromSeconds(1), 24, 40, isColoured: false, isEnd: true), line => line.Contains('\u001b', StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_stream_of_a_classic_builder_is_understood_however_it_is_cut()
    {
        using var output = new StringWriter();
        await using var display = new PlainBuildDisplay(output);
        var reader = new ServerBuildReader(display);
        string[] dockerds =
        [
            """{"stream":"Step 1/2 : FROM a"}""", """{"stream":"\n"}""", """{"status":"Pulling from library/a","id":"1"}""", """{"stream":" ---\u003e 0123456789ab\n"}""", """{"stream":"Step 2/2 : RUN b"}""",
            """{"stream":"\n"}""", """{"stream":" ---\u003e Running in 0123456789ab\n"}""", """{"stream":"out"}""", """{"stream":"put\n"}""", """{"stream":"Removing intermediate container 0123456789ab\n"}""",
            """{"stream":" ---\u003e 1123456789ab\n"}""", """{"aux":{"ID":"sha256:1"}}""", """{"stream":"Successfully built 1123456789ab\n"}""", """{"stream":"Successfully tagged a:1\n"}""",
        ];
        foreach (string line in dockerds)
            reader.Read(JsonNode.Parse(line)!);

        Assert.Equal("[1/2] FROM a\n1: Pulling from library/a\n[2/2] RUN b\noutput\n", output.ToString());
        Assert.Equal("sha256:1", reader.ImageId);
        BuildException failed = Assert.Throws<BuildException>(() => reader.Read(JsonNode.Parse("""{"errorDetail":{"code":7,"message":"it failed"},"error":"it failed"}""")!));
        Assert.Equal((7, "it failed"), (failed.ExitCode, failed.Reason));
    }
}
