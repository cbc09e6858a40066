using System.Text.Json.Nodes;
using ContainerKit.Cli.Templates;
using Xunit;

namespace ContainerKit.Cli.Tests.Templates;

/// <summary>What Go's templates, with docker's functions, make of what docker's commands have.</summary>
public sealed class TemplateTests
{
    private static readonly JsonNode Value = JsonNode.Parse(
        """
        {"Id":"abc","Name":"/one","State":{"Status":"running","Pid":7,"Running":true},"Labels":{"a.b":"c","x":"y"},"Args":["x","y z"],"Null":null,"Real":1.5,"Large":12345678901,
        "NetworkSettings":{"Networks":{"back":{"IPAddress":"10.0.0.2"},"app":{"IPAddress":"10.0.0.1"}},"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],"90/tcp":null}},
        "Mounts":[{"Type":"bind","Source":"/s","Destination":"/d"},{"Type":"volume","Name":"v","Destination":"/w"}],"HostConfig":{"CapAdd":null,"PidsLimit":null,"PortBindings":{}}}
        """)!;

    [Theory]
    [InlineData("{{.State.Status}}", "running")]
    [InlineData("{{ .State.Pid }}|{{.State.Running}}|{{.Real}}|{{.Large}}", "7|true|1.5|12345678901")]
    [InlineData("{{.ID}} {{.Id}}", "abc abc")]
    [InlineData("{{json .Args}}", """["x","y z"]""")]
    [InlineData("{{json .State}}", """{"Status":"running","Pid":7,"Running":true}""")]
    [InlineData("{{index .Labels \"a.b\"}}{{index .Labels \"none\"}}", "c")]
    [InlineData("{{index .Args 1}}", "y z")]
    [InlineData("{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}}", "8080")]
    [InlineData("{{len .Args}} {{len .Name}} {{.Name | len}}", "2 4 4")]
    [InlineData("{{.Labels}} {{.Args}}", "map[a.b:c x:y] [x y z]")]
    [InlineData("{{.HostConfig.CapAdd}} {{.HostConfig.PidsLimit}} {{.HostConfig.PortBindings}}", "[] <nil> map[]")]
    [InlineData("no template", "no template")]
    [InlineData("{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}", "10.0.0.1 10.0.0.2 ")]
    [InlineData("{{range $name, $network := .NetworkSettings.Networks}}{{$name}}={{$network.IPAddress}};{{end}}", "app=10.0.0.1;back=10.0.0.2;")]
    [InlineData("{{range $p, $conf := .NetworkSettings.Ports}}{{$p}}{{if $conf}} -> {{(index $conf 0).HostPort}}{{end}} {{end}}", "80/tcp -> 8080 90/tcp ")]
    [InlineData("{{range .Mounts}}{{if eq .Type \"bind\"}}{{.Source}}{{else if eq .Type \"volume\"}}{{.Name}}{{else}}?{{end}}:{{.Destination}} {{end}}", "/s:/d v:/w ")]
    [InlineData("{{range .HostConfig.CapAdd}}x{{else}}none{{end}}", "none")]
    [InlineData("{{range $i, $a := .Args}}{{if $i}},{{end}}{{$a}}{{end}}", "x,y z")]
    [InlineData("{{range .Args}}{{$.Name}}{{break}}{{end}}", "/one")]
    [InlineData("{{range .Args}}{{if eq . \"x\"}}{{continue}}{{end}}{{.}}{{end}}", "y z")]
    [InlineData("{{with .State}}{{.Status}}{{end}}{{with .Null}}x{{else}}-{{end}}", "running-")]
    [InlineData("{{$x := .Name}}{{$x = print $x 1 2}}{{$x}}", "/one1 2")]
    [InlineData("{{join .Args \",\"}} {{upper .State.Status}} {{lower \"ABC\"}} {{title \"one two\"}}", "x,y z RUNNING abc One Two")]
    [InlineData("{{join (split \"a:b:c\" \":\") \"-\"}} {{slice .Name 1}} {{slice .Id 0 2}} {{truncate .State.Status 3}}", "a-b-c one ab run")]
    [InlineData("{{println .Name}}", "/one\n")]
    [InlineData("{{printf \"%-5s|%05d|%q|%v|%.1f%%\" .Id .State.Pid .Name .State.Running .Real}}", "abc  |00007|\"/one\"|true|1.5%")]
    [InlineData("{{.Name | printf \"%s-%s\" \"a\"}}", "a-/one")]
    [InlineData("{{if and .State.Running (ne .Id \"x\") (not .Null)}}yes{{end}}{{if or .Null false}}no{{end}}", "yes")]
    [InlineData("{{if gt .State.Pid 5}}more{{end}}{{if lt .Real 2}}less{{end}}", "moreless")]
    [InlineData("a {{- .Id -}} b{{/* nothing */}}{{`raw`}}", "aabcbraw")]
    [InlineData("{{\"quoted }} \\\"x\\\"\"}}", "quoted }} \"x\"")]
    public void Templates_are_those_of_docker(string template, string expected) => Assert.Equal(expected, Template.Parse(template).Render(Value));

    [Theory]
    [InlineData("{{.Missing}}")]
    [InlineData("{{.State.Status.More}}")]
    [InlineData("{{range .Args}}x")]
    [InlineData("{{end}}")]
    [InlineData("{{.State")]
    [InlineData("{{nope .State}}")]
    [InlineData("{{}}")]
    [InlineData("{{\"open}}")]
    [InlineData("{{index .Args \"x\"}}")]
    [InlineData("{{index .Args 5}}")]
    [InlineData("{{$none}}")]
    [InlineData("{{range .Name}}x{{end}}")]
    [InlineData("{{.Name .Id}}")]
    [InlineData("{{(.Name}}")]
    [InlineData("{{len}}")]
    [InlineData("{{slice .Name 9}}")]
    [InlineData("{{template \"x\"}}")]
    public void What_is_not_understood_is_an_error(string template) => Assert.Throws<FormatException>(() => Template.Parse(template).Render(Value));

    [Fact]
    public void What_is_nested_without_end_is_an_error_and_no_crash()
    {
        Assert.Throws<FormatException>(() => Template.Parse("{{" + new string('(', 10_000) + "1" + new string(')', 10_000) + "}}"));
        Assert.Throws<FormatException>(() => Template.Parse(string.Concat(Enumerable.Repeat("{{if 1}}", 10_000))));
    }
}
