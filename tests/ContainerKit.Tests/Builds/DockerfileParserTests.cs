using System.Text;
using ContainerKit.Builds.Parsing;
using Xunit;

namespace ContainerKit.Tests.Builds;

/// <summary>The language of Dockerfiles.</summary>
public sealed class DockerfileParserTests
{
    [Fact]
    public void Directives_are_read_at_the_top_only()
    {
        Dockerfile file = Parse("# syntax=docker/dockerfile:1\n#  ESCAPE = `\n# check=skip=all\n# comment\n# escape=\\\nFROM a\nRUN x `\n  y\n");
        Assert.Equal(("docker/dockerfile:1", '`', "skip=all"), (file.Syntax, file.Escape, file.Check));
        Assert.Equal("x   y", file.Instructions[1].Arguments);
    }

    [Theory]
    [InlineData("# escape=x\nFROM a\n", 1)]
    [InlineData("# escape=`\n# escape=`\nFROM a\n", 2)]
    [InlineData("FROM a\nFRO b\n", 2)]
    [InlineData("FROM a\n\nENV\n", 3)]
    [InlineData("FROM a\nRUN [\"a\", 1]\n", 2)]
    [InlineData("FROM a\nRUN <<EOF\nnever ended\n", 2)]
    public void Errors_name_the_line(string text, int line)
    {
        BuildException failure = Assert.Throws<BuildException>(() => Parse(text));
        Assert.Equal((line, "Dockerfile"), (failure.Line, failure.File));
        Assert.StartsWith($"Dockerfile:{line}:", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_word_that_is_no_instruction_gets_a_suggestion()
        => Assert.Contains("Did you mean FROM?", Assert.Throws<BuildException>(() => Parse("FRM busybox\n")).Message, StringComparison.Ordinal);

    [Fact]
    public void Continuations_lose_comments_and_blank_lines()
    {
        Dockerfile file = Parse("FROM a\r\nRUN one \\\r\n  # comment\r\n\r\n  two \\  \r\n three\r\nRUN echo \\\\\nRUN last \\");
        Assert.Equal("one   two  three", file.Instructions[1].Arguments);
        Assert.Equal("echo \\\\", file.Instructions[2].Arguments);
        Assert.Equal("last", file.Instructions[3].Arguments);
        Assert.Contains(file.Warnings, warning => warning.Rule == "NoEmptyContinuation");
    }

    [Fact]
    public void Json_forms_and_flags()
    {
        Dockerfile file = Parse("FROM --platform=linux/amd64 a AS b\nCMD [\"a\", \"b c\"]\nCMD ['single']\nRUN --mount=type=cache,target=\"/a b\" --network=none -- --x\nCOPY [\"a b\", \"/c\"]\n");
        Assert.Equal([new DockerfileFlag("platform", "linux/amd64")], file.Instructions[0].Flags);
        Assert.Equal(["a", "b c"], file.Instructions[1].Json!.Value);
        Assert.Null(file.Instructions[2].Json);
        Assert.Equal([new DockerfileFlag("mount", "type=cache,target=/a b"), new DockerfileFlag("network", "none")], file.Instructions[3].Flags);
        Assert.Equal("--x", file.Instructions[3].Arguments);
        Assert.Equal(["a b", "/c"], file.Instructions[4].Json!.Value);
    }

    [Fact]
    public void Here_documents_are_read_in_their_order()
    {
        Dockerfile file = Parse("FROM a\nRUN cat <<ONE 3<<-\"TWO\" > x\n1 $a\nONE\n\t\t2\n\tTWO\nRUN [\"a\", \"<<EOF\"]\nRUN cat <<<here\n");
        Assert.Equal([new Heredoc("ONE", "1 $a\n", false, true, null), new Heredoc("TWO", "2\n", true, false, 3)], file.Instructions[1].Heredocs);
        Assert.Empty(file.Instructions[2].Heredocs);
        Assert.Empty(file.Instructions[3].Heredocs);
    }

    [Fact]
    public void What_is_printed_parses_to_the_same()
    {
        var random = new Random(20261122);
        for (int i = 0; i < 2000; i++)
        {
            string text = RandomFile(random);
            Dockerfile parsed;
            try
            {
                parsed = Parse(text);
            }
            catch (BuildException)
            {
                continue;
            }
            string printed = DockerfilePrinter.Print(parsed);
            Dockerfile again = Parse(printed);
            Assert.Equal(DockerfilePrinter.Print(again), printed);
            Assert.Equal(parsed.Instructions.Length, again.Instructions.Length);
            Assert.Equal((parsed.Escape, parsed.Syntax, parsed.Check), (again.Escape, again.Syntax, again.Check));
            foreach ((DockerfileInstruction left, DockerfileInstruction right) in parsed.Instructions.Zip(again.Instructions))
            {
                Assert.Equal((left.Keyword, left.Arguments), (right.Keyword, right.Arguments));
                Assert.Equal(left.Flags, right.Flags);
                Assert.Equal(left.Heredocs, right.Heredocs);
                Assert.Equal(left.Json?.ToArray(), right.Json?.ToArray());
            }
        }
    }

    [Fact]
    public void Hostile_files_end_with_an_error_or_a_result()
    {
        Assert.Throws<BuildException>(() => Parse("FROM a\0b\n"));
        Assert.Throws<BuildException>(() => Parse("FROM a\nRUN " + new string('x', DockerfileParser.MaxLineBytes) + "\n"));
        Assert.Throws<BuildException>(() => Parse(new StringBuilder().Insert(0, "RUN x\n", DockerfileParser.MaxInstructions + 1).ToString()));
        Assert.Throws<BuildException>(() => Parse(new StringBuilder().Insert(0, "# c\n", 1_000_000).ToString()));
        Assert.Single(Parse("FROM a \\\n" + new StringBuilder().Insert(0, "# c\n", 1_000_000) + "\n").Instructions);
        Assert.Throws<BuildException>(() => Parse(""));
        var random = new Random(7);
        byte[] noise = new byte[4096];
        for (int i = 0; i < 300; i++)
        {
            random.NextBytes(noise);
            try
            {
                DockerfileParser.Parse([.. "FROM a\nRUN "u8, .. noise], "Dockerfile");
            }
            catch (BuildException)
            {
                // The usual end.
            }
        }
    }

    [Fact]
    public void Rules_are_checked_and_can_be_skipped()
    {
        const string text = "FROM a AS Up\nfrom b as up\nMAINTAINER me\nCMD a\nCMD b\nENV key value\nENV DB_PASSWORD=1\nEXPOSE 80/TCP\nWORKDIR rel\n";
        string[] rules = [.. Parse(text).Warnings.Select(warning => warning.Rule).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(
            ["ConsistentInstructionCasing", "DuplicateStageName", "ExposeProtoCasing", "JSONArgsRecommended", "LegacyKeyValueFormat", "MaintainerDeprecated", "MultipleInstructionsDisallowed", "SecretsUsedInArgOrEnv", "StageNameCasing", "WorkdirRelativePath"],
            rules);
        Assert.Empty(Parse("# check=skip=all\n" + text).Warnings);
        Assert.DoesNotContain(Parse("# check=skip=StageNameCasing,MaintainerDeprecated\n" + text).Warnings, warning => warning.Rule is "StageNameCasing" or "MaintainerDeprecated");
    }

    private static Dockerfile Parse(string text) => DockerfileParser.Parse(Encoding.UTF8.GetBytes(text), "Dockerfile");

    private static string RandomFile(Random random)
    {
        string[] keywords = [.. InstructionSyntax.Keywords];
        string[] pieces = ["a", "=", " ", "\\", "\"", "'", "$x", "${y:-z}", "<<EOF", "<<-'E F'", "\n", "\\\n", "#", "[\"a\"]", "--flag=v", "--f", "\t", "`", "ü", ",", "EOF\n", "--", "/"];
        var text = new StringBuilder();
        text.Append(random.Next(4) switch
        {
            0 => "# escape=`\n",
            1 => "# syntax=x\n# check=skip=a\n",
            _ => "",
        });
        text.Append("FROM a\n");
        for (int i = random.Next(6); i >= 0; i--)
        {
            text.Append(keywords[random.Next(keywords.Length)]).Append(' ');
            for (int j = random.Next(10); j >= 0; j--)
            {
                text.Append(pieces[random.Next(pieces.Length)]);
            }
            text.Append("\nEOF\n\tE F\n"[random.Next(2) == 0 ? (..1) : (..)]);
        }
        return text.ToString();
    }
}
