using Xunit;

namespace ContainerKit.Compose.Tests.Loading;

/// <summary>Several files: merged, extended, included; variables from files.</summary>
public sealed class FilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ck-compose-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_later_file_is_merged_over_an_earlier_one()
    {
        Write("compose.yaml", """
            services:
              web:
                image: x
                command: one two
                ports: ["8080:80", "9090:90"]
                volumes: ["./a:/data", "v:/v"]
                environment: { A: "1", B: "2" }
                dns: [1.1.1.1]
                labels: [a=b]
                cap_add: [CHOWN]
                depends_on: [db]
              db: { image: x }
            volumes: { v: }
            """);
        Write("compose.override.yaml", """
            services:
              web:
                command: [three]
                ports: ["8080:80"]
                volumes: ["./b:/data"]
                environment: ["B=3"]
                dns: 8.8.8.8
                labels: { c: d }
                cap_add: [CHOWN, KILL]
                depends_on: { db: { condition: service_healthy } }
            """);
        ComposeService web = (await LoadAsync()).GetService("web");

        Assert.Equal(["three"], web.Spec.Command!.Value);
        Assert.Equal([90, 80], web.Spec.Ports.Select(port => port.ContainerPort));
        Assert.Equal([Path.Combine(_directory, "b")], web.Spec.Binds.Select(bind => bind.Source));
        Assert.Single(web.Spec.Volumes);
        Assert.Equal(["A=1", "B=3"], web.Spec.Environment.Select(entry => $"{entry.Key}={entry.Value}"));
        Assert.Equal(["1.1.1.1", "8.8.8.8"], web.Spec.DnsServers);
        Assert.Equal(["a", "c"], web.Spec.Labels.Keys);
        Assert.Equal(["CHOWN", "KILL"], web.Spec.AddedCapabilities);
        Assert.Equal([new ComposeDependency("db", ComposeCondition.Healthy)], web.Dependencies);
    }

    [Fact]
    public async Task Tags_take_away_and_replace()
    {
        Write("compose.yaml", "services: { web: { image: x, ports: ['80'], environment: { A: b, C: d }, dns: [1.1.1.1] } }");
        Write("compose.override.yaml", "services: { web: { ports: !reset [], environment: { A: !reset null }, dns: !override [2.2.2.2] } }");
        ContainerSpec spec = (await LoadAsync()).GetService("web").Spec;

        Assert.Empty(spec.Ports);
        Assert.Equal(["C"], spec.Environment.Keys);
        Assert.Equal(["2.2.2.2"], spec.DnsServers);
    }

    [Fact]
    public async Task Services_extend_others_of_their_own_and_of_another_file_with_its_paths()
    {
        Write("compose.yaml", """
            services:
              web: { extends: { file: common/base.yaml, service: middle }, environment: { OWN: x } }
              twin: { extends: web, command: other }
            """);
        Write("common/base.yaml", """
            services:
              base: { image: base, volumes: ["./data:/data"], environment: { BASE: x } }
              middle: { extends: base, command: middle }
            """);
        ComposeProject project = await LoadAsync();

        Assert.Equal(["BASE", "OWN"], project.GetService("twin").Spec.Environment.Keys);
        Assert.Equal(Path.Combine(_directory, "common", "data"), project.GetService("web").Spec.Binds[0].Source);
        Assert.Equal(["other"], project.GetService("twin").Spec.Command!.Value);
        Assert.Equal("base", project.GetService("twin").Image);
    }

    [Theory]
    [InlineData("a: { image: x, extends: b }\n  b: { extends: a }", "extends itself")]
    [InlineData("a: { extends: a }", "extends itself")]
    [InlineData("a: { extends: none }", "there is no service 'none'")]
    [InlineData("a: { extends: { service: x, file: none.yaml } }", "there is no file")]
    [InlineData("a: { extends: { servce: x } }", "not known")]
    public async Task What_can_not_be_extended_is_named(string services, string reason)
    {
        Write("compose.yaml", $"services:\n  {services}\n");

        Assert.Contains(reason, (await Assert.ThrowsAsync<ComposeFileException>(LoadAsync)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_are_included_with_their_own_directory_and_variables()
    {
        Write("compose.yaml", "include: [part/compose.yaml, { path: part/compose.yaml }]\nservices: { web: { image: x, depends_on: [part] } }");
        Write("part/compose.yaml", "services: { part: { image: \"$OF_PART\", volumes: ['./d:/d'] } }\nvolumes: { pv: }");
        Write("part/.env", "OF_PART=image:of-part\n");
        ComposeProject project = await LoadAsync();

        Assert.Equal("image:of-part", project.GetService("part").Image);
        Assert.Equal(Path.Combine(_directory, "part", "d"), project.GetService("part").Spec.Binds[0].Source);
        Write("compose.yaml", "include: [part/compose.yaml]\nservices: { part: { image: x } }");
        Assert.Contains("one of this name as well", (await Assert.ThrowsAsync<ComposeFileException>(LoadAsync)).Reason, StringComparison.Ordinal);
        Write("compose.yaml", "include: [compose.yaml]\nservices: { part: { image: x } }");
        Assert.Contains("include each other", (await Assert.ThrowsAsync<ComposeFileException>(LoadAsync)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_come_from_the_caller_then_from_the_file_of_the_project()
    {
        Write("compose.yaml", "name: named\nservices: { web: { image: \"$A-$B-$C\", environment: { A: }, env_file: [one.env, { path: none.env, required: false }, { path: raw.env, format: raw }] } }");
        Write(".env", "A=file\nexport B=\"b ${A}\" # comment\nC='${A}' \nA_B=1 # x\n");
        Write("one.env", "# comment\nA=of-env-file\nX=1\nY=\"a\\nb\nc\"\nB\nZ=a#b # c\n");
        Write("raw.env", "R='${A}' # raw\n");
        ComposeProject project = await LoadAsync(("A", "caller"));
        ContainerSpec spec = project.GetService("web").Spec;

        Assert.Equal(("named", "caller-b caller-${A}"), (project.Name, spec.Image));
        Assert.Equal(["A=caller", "B=b caller", "R='${A}' # raw", "X=1", "Y=a\nb\nc", "Z=a#b"], spec.Environment.Select(entry => $"{entry.Key}={entry.Value}"));
    }

    [Theory]
    [InlineData("A='x\n", "not closed")]
    [InlineData("A B=x\n", "expected NAME=value")]
    [InlineData("=x\n", "no name")]
    [InlineData("A=${\n", "begins no variable")]
    public async Task Malformed_files_of_variables_are_named(string text, string reason)
    {
        Write("compose.yaml", "services: { web: { image: x } }");
        Write(".env", text);

        ComposeFileException error = await Assert.ThrowsAsync<ComposeFileException>(LoadAsync);
        Assert.Contains(reason, error.Reason, StringComparison.Ordinal);
        Assert.EndsWith(".env", error.File, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_canonical_form_is_the_same_project_again()
    {
        Write("compose.yaml", """
            services:
              web:
                image: x
                command: sh -c 'echo "$$HOME"'
                ports: ["8080:80/udp"]
                volumes: ["./a:/a:ro"]
                environment: { NUMBER: 1, TEXT: "true", EMPTY: "", LINES: "a\nb" }
                extra_hosts: { a: 1.1.1.1 }
              off: { image: x, profiles: [never] }
            networks: { default: { labels: [a=b] } }
            """);
        ComposeProject project = await LoadAsync();
        string text = project.ToYaml();
        Write("compose.yaml", text);
        ComposeProject again = await LoadAsync();

        Assert.Equal(text, again.ToYaml());
        Assert.Equal(project.GetService("web").Hash, again.GetService("web").Hash);
        Assert.Equal(["sh", "-c", "echo \"$HOME\""], again.GetService("web").Spec.Command!.Value);
        Assert.Equal("a\nb", again.GetService("web").Spec.Environment["LINES"]);
        Assert.DoesNotContain("never", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_are_found_in_the_directory_above_and_named_by_variables()
    {
        Write("docker-compose.yml", "services: { web: { image: x } }");
        Write("other.yaml", "services: { other: { image: x } }");
        string below = Directory.CreateDirectory(Path.Combine(_directory, "below")).FullName;

        Assert.Equal("web", Assert.Single((await LoadAsync(new ComposeOptions { ProjectDirectory = below })).Services).Name);
        Assert.Equal("other", Assert.Single((await LoadAsync(new ComposeOptions(), ("COMPOSE_FILE", Path.Combine(_directory, "other.yaml")), ("COMPOSE_PROJECT_NAME", "p1"))).Services).Name);
        await Assert.ThrowsAsync<ComposeFileException>(() => LoadAsync(new ComposeOptions { Files = [Path.Combine(_directory, "none.yaml")] }));
    }

    private Task<ComposeProject> LoadAsync() => LoadAsync([]);

    private Task<ComposeProject> LoadAsync(params (string Name, string Value)[] variables) => LoadAsync(new ComposeOptions { ProjectDirectory = _directory }, variables);

    private static Task<ComposeProject> LoadAsync(ComposeOptions options, params (string Name, string Value)[] variables)
        => ContainerKit.Compose.Loading.ProjectLoader.LoadAsync(null, options with { Environment = variables.ToDictionary(variable => variable.Name, variable => variable.Value) }, null, Token);

    private void Write(string name, string text)
    {
        string path = Path.Combine(_directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
