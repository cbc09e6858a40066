using Xunit;

namespace ContainerKit.Compose.Tests.Services;

/// <summary>What is not known, malformed, or nothing for one machine: an error with file, line and key, never a gap.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("imge: x", "imge", "not known")]
    [InlineData("ports: 80", "ports", "a list was expected")]
    [InlineData("ports: [abc]", "ports[0]", "no port mapping")]
    [InlineData("ports: [{ target: 80, publised: 1 }]", "ports[0].publised", "not known")]
    [InlineData("ports: [{ target: 99999 }]", "ports[0].target", "from 1 to 65535")]
    [InlineData("volumes: [none:/x]", "volumes[0].source", "there is no volume 'none'")]
    [InlineData("volumes: ['.:/x:zz']", "volumes[0]", "no option")]
    [InlineData("volumes: [{ type: npipe, source: a, target: /a }]", "volumes[0].type", "not supported")]
    [InlineData("volumes: [{ type: bind, source: a, target: a }]", "volumes[0].target", "absolute")]
    [InlineData("networks: [none]", "networks", "there is no network 'none'")]
    [InlineData("networks: { default: { driver_opts: { a: b } } }", "networks.default.driver_opts", "not supported")]
    [InlineData("networks: [default]\nnetwork_mode: host", "networks", "network_mode")]
    [InlineData("network_mode: service:none", "network_mode", "no service 'none'")]
    [InlineData("pid: service:none", "pid", "no service 'none'")]
    [InlineData("depends_on: [none]", "depends_on", "no service 'none'")]
    [InlineData("depends_on: { web: { condition: healthy } }", "depends_on.web.condition", "service_healthy")]
    [InlineData("depends_on: [web]", "depends_on", "wait for each other: web -> web")]
    [InlineData("deploy: { placement: { constraints: [a] } }", "deploy.placement", "several machines")]
    [InlineData("deploy: { resources: { reservations: { devices: [{ driver: nvidia }] } } }", "deploy.resources.reservations.devices", "graphics")]
    [InlineData("deploy: { update_config: { parallelism: 1 } }", "deploy.update_config", "not supported")]
    [InlineData("deploy: { mode: replicated-job }", "deploy.mode", "not supported")]
    [InlineData("gpus: all", "gpus", "not supported")]
    [InlineData("credential_spec: { file: a }", "credential_spec", "not supported")]
    [InlineData("post_start: [{ command: a }]", "post_start", "not supported")]
    [InlineData("privileged: perhaps", "privileged", "expected true or false")]
    [InlineData("mem_limit: lots", "mem_limit", "a size")]
    [InlineData("cpus: -1", "cpus", "a number")]
    [InlineData("stop_grace_period: 10 apples", "stop_grace_period", "a duration")]
    [InlineData("restart: sometimes", "restart", "on-failure")]
    [InlineData("healthcheck: { test: [true] }", "healthcheck.test", "CMD-SHELL")]
    [InlineData("healthcheck: { tests: a }", "healthcheck.tests", "not known")]
    [InlineData("logging: { driver: syslog }", "logging.driver", "not supported")]
    [InlineData("logging: { options: { tag: a } }", "logging.options.tag", "not known")]
    [InlineData("secrets: [none]", "secrets[0].source", "no secret 'none'")]
    [InlineData("configs: [{ source: none }]", "configs[0].source", "no config 'none'")]
    [InlineData("command: \"echo 'a\"", "command", "not closed")]
    [InlineData("container_name: a\nscale: 2", "container_name", "same name")]
    [InlineData("scale: 100000", "scale", "from 0 to 1000")]
    [InlineData("extra_hosts: [nothing]", "extra_hosts[0]", "NAME=ADDRESS")]
    [InlineData("environment: { A: [1] }", "environment.A", "a text was expected")]
    [InlineData("env_file: none.env", "env_file[0].path", "there is no file")]
    [InlineData("labels: { com.docker.compose.project: x }", "labels", "not allowed")]
    [InlineData("ulimits: { nofile: { soft: 1 } }", "ulimits.nofile", "hard is required")]
    [InlineData("pull_policy: daily", "pull_policy", "expected always")]
    [InlineData("build: { contxt: . }", "build.contxt", "not known")]
    [InlineData("build: { dockerfile: a, dockerfile_inline: b }", "build.dockerfile_inline", "or dockerfile_inline")]
    [InlineData("platform: a/b/c/d", "platform", "")]
    [InlineData("security_opt: [what=ever]", "security_opt", "security option")]
    [InlineData("userns_mode: host", "userns_mode", "not supported")]
    public async Task A_key_of_a_service_is_refused(string keys, string key, string reason)
    {
        string body = string.Concat(keys.Split('\n').Select(line => $"    {line}\n"));

        ComposeFileException error = await Project.FailAsync($"services:\n  web:\n    image: x\n{body}");

        Assert.Equal($"services.web.{key}", error.Key);
        Assert.Contains(reason, error.Reason, StringComparison.Ordinal);
        Assert.InRange(error.Line, 3, 5);
    }

    [Theory]
    [InlineData("vlumes: {}", "vlumes", "not known")]
    [InlineData("models: { a: { model: b } }", "models", "not supported")]
    [InlineData("secrets: { s: { external: true } }", "secrets.s.external", "cluster")]
    [InlineData("secrets: { s: {} }", "secrets.s", "file and environment")]
    [InlineData("secrets: { s: { environment: NONE } }", "secrets.s.environment", "not set")]
    [InlineData("configs: { c: { content: a, file: b } }", "configs.c", "one of")]
    [InlineData("networks: { n: { ipam: { config: [{ subnet: abc }] } } }", "networks.n.ipam.config[0].subnet", "")]
    [InlineData("networks: { n: { atachable: true } }", "networks.n.atachable", "not known")]
    [InlineData("volumes: { v: { drver: x } }", "volumes.v.drver", "not known")]
    [InlineData("name: Not Allowed", "name", "lower-case")]
    public async Task A_key_of_the_project_is_refused(string line, string key, string reason)
    {
        ComposeFileException error = await Project.FailAsync($"{line}\nservices:\n  web:\n    image: x\n");

        Assert.Equal(key, error.Key);
        Assert.Contains(reason, error.Reason, StringComparison.Ordinal);
        Assert.Equal(1, error.Line);
    }

    [Fact]
    public async Task Extensions_are_passed_over_everywhere()
        => Assert.Equal("x", (await Project.ParseAsync("x-a: 1\nservices:\n  web: { image: x, x-b: [1], deploy: { x-c: 1 }, healthcheck: { test: a, x-d: 1 } }\nnetworks: { default: { x-e: 1 } }\n")).GetService("web").Image);

    [Fact]
    public async Task Cycles_and_shared_names_are_named()
    {
        Assert.Contains("a -> b -> c -> a", (await Project.FailAsync("services:\n  a: { image: x, depends_on: [b] }\n  b: { image: x, links: [c] }\n  c: { image: x, network_mode: 'service:a' }\n")).Reason, StringComparison.Ordinal);
        Assert.Contains("already", (await Project.FailAsync("services:\n  a: { image: x, container_name: n }\n  b: { image: x, container_name: n }\n")).Reason, StringComparison.Ordinal);
        Assert.Contains("image or build", (await Project.FailAsync("services:\n  a: { command: x }\n")).Reason, StringComparison.Ordinal);
        Assert.Contains("no name of a service", (await Project.FailAsync("services:\n  'a/b': { image: x }\n")).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Profiles_enable_services_and_what_they_need()
    {
        const string yaml = "services:\n  web: { image: x }\n  debug: { image: x, profiles: [debug, all] }\n  tool: { image: x, profiles: [tools], depends_on: [debug] }\n";

        Assert.Equal(["web"], (await Project.ParseAsync(yaml)).Services.Select(service => service.Name));
        Assert.Equal(["web", "debug"], (await Project.ParseAsync(yaml, ("COMPOSE_PROFILES", "debug"))).Services.Select(service => service.Name));
        Assert.Equal(["web", "debug", "tool"], (await Project.ParseAsync(yaml, new ComposeOptions { Profiles = ["*"] })).Services.Select(service => service.Name));
        ComposeFileException error = await Assert.ThrowsAsync<ComposeFileException>(() => Project.ParseAsync(yaml, new ComposeOptions { Profiles = ["tools"] }));
        Assert.Contains("'debug' is in a profile that is not enabled", error.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1h2m3s", 3723)]
    [InlineData("90", 90)]
    [InlineData("1.5s", 1.5)]
    [InlineData("250ms", 0.25)]
    [InlineData("1d", 86400)]
    public async Task Durations_are_those_of_compose(string text, double seconds)
        => Assert.Equal(TimeSpan.FromSeconds(seconds), (await Project.ServiceAsync($"stop_grace_period: {text}")).Spec.StopTimeout);
}
