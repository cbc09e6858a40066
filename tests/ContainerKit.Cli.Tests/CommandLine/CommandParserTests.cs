using ContainerKit.Cli.CommandLine;
using Xunit;

namespace ContainerKit.Cli.Tests.CommandLine;

public sealed class CommandParserTests
{
    private static readonly Command Root = new Command("ckit", "")
    {
        Commands =
        [
            new Command("run", "", "IMAGE [COMMAND] [ARG...]")
            {
                PassesArguments = true,
                MinimumArguments = 1,
                UsageExitCode = 125,
                Options =
                [
                    new CommandOption("interactive", 'i', null, ""), new CommandOption("tty", 't', null, ""), new CommandOption("env", 'e', "list", ""),
                    new CommandOption("publish", 'p', "list", ""), new CommandOption("rm", null, null, ""), new CommandOption("name", null, "string", ""),
                ],
                Handler = (_, _) => Task.FromResult(0),
            },
            new Command("rm", "", "CONTAINER...")
            {
                MinimumArguments = 1,
                Options = [new CommandOption("force", 'f', null, "")],
                Handler = (_, _) => Task.FromResult(0),
            },
            new Command("network", "") { Commands = [new Command("ls", "") { Aliases = ["list"], MaximumArguments = 0, Handler = (_, _) => Task.FromResult(0) }] },
        ],
    }.Adopt();

    [Fact]
    public void Letters_go_together_and_values_may_stick_to_them()
    {
        CommandInvocation run = Parse("run", "-it", "-e", "A=b", "-eC=d", "-p=80:80", "--name=x", "--rm", "image", "ls", "-l", "--color=never");

        Assert.True(run.IsSet("interactive"));
        Assert.True(run.IsSet("tty"));
        Assert.True(run.IsSet("rm"));
        Assert.Equal(["A=b", "C=d"], run.Values("env"));
        Assert.Equal("80:80", run.Value("publish"));
        Assert.Equal("x", run.Value("name"));
        Assert.Equal(["image", "ls", "-l", "--color=never"], run.Arguments);
    }

    [Fact]
    public void Flags_after_arguments_are_read_where_nothing_is_passed_on()
    {
        CommandInvocation rm = Parse("rm", "a", "-f", "b");

        Assert.True(rm.IsSet("force"));
        Assert.Equal(["a", "b"], rm.Arguments);
    }

    [Fact]
    public void Two_dashes_end_the_flags() => Assert.Equal(["-f", "-x"], Parse("rm", "--", "-f", "-x").Arguments);

    [Fact]
    public void A_flag_can_be_taken_back() => Assert.False(Parse("run", "--rm", "--rm=false", "image").IsSet("rm"));

    [Fact]
    public void Groups_have_commands_with_other_names() => Assert.Equal("ckit network ls", Parse("network", "list").Command.FullName);

    [Theory]
    [InlineData("unknown flag: --no-such", "run", "--no-such", "image")]
    [InlineData("unknown shorthand flag: 'x' in -ix", "run", "-ix", "image")]
    [InlineData("flag needs an argument: --name", "run", "--name")]
    [InlineData("flag needs an argument: 'e' in -ite", "run", "-ite")]
    [InlineData("'ckit run' requires at least 1 argument", "run", "-it")]
    [InlineData("'ckit network ls' accepts no arguments", "network", "ls", "x")]
    [InlineData("ckit: 'nope' is not a ckit command.", "nope")]
    [InlineData("unknown command \"nope\" for \"ckit network\"", "network", "nope")]
    public void What_is_not_understood_is_said(string message, params string[] arguments)
        => Assert.Equal(message, Assert.Throws<UsageException>(() => Parse(arguments)).Message);

    [Fact]
    public void Help_is_of_the_command_that_it_follows()
    {
        Assert.Null(CommandParser.Parse(Root, ["run", "--help"], out Command found));
        Assert.Equal("ckit run", found.FullName);
        Assert.StartsWith("Usage:  ckit run [OPTIONS] IMAGE [COMMAND] [ARG...]", HelpText.Of(found), StringComparison.Ordinal);
        Assert.Null(CommandParser.Parse(Root, ["network"], out found));
        Assert.Equal("ckit network", found.FullName);
    }

    private static CommandInvocation Parse(params string[] arguments) => CommandParser.Parse(Root, arguments, out _)!;
}
