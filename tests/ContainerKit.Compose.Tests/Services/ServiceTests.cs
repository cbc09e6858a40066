using System.Net;
using Xunit;

namespace ContainerKit.Compose.Tests.Services;

/// <summary>Keys of a service, and what becomes of them.</summary>
public sealed class ServiceTests
{
    [Fact]
    public async Task A_service_has_dockers_names_and_the_default_network()
    {
        ComposeProject project = await Project.ParseAsync("services:\n  web:\n    image: x\n");
        ContainerSpec spec = project.GetService("web").Spec;

        Assert.Equal("app", project.Name);
        Assert.Equal(("app_default", "web"), (spec.Networks[0].Network, spec.Networks[0].Aliases[0]));
    }

    [Theory]
    [InlineData("8080:80", 80, 8080, null)]
    [InlineData("127.0.0.1:8080:80/udp", 80, 8080, "127.0.0.1")]
    [InlineData("80", 80, null, null)]
    [InlineData("127.0.0.1::80", 80, null, "127.0.0.1")]
    [InlineData("'[::1]:8080:80'", 80, 8080, "::1")]
    [InlineData("{target: 80, published: 8080, host_ip: 127.0.0.1}", 80, 8080, "127.0.0.1")]
    [InlineData("{target: 80}", 80, null, null)]
    public async Task Ports_are_mapped(string port, int inside, int? outside, string? address)
    {
        PortMapping mapping = Assert.Single((await Project.ServiceAsync($"ports:\n  - {port}")).Spec.Ports);

        Assert.Equal((inside, outside, address), (mapping.ContainerPort, mapping.HostPort, mapping.HostAddress?.ToString()));
        Assert.Equal(port.EndsWith("udp", StringComparison.Ordinal) ? PortProtocol.Udp : PortProtocol.Tcp, mapping.Protocol);
    }

    [Fact]
    public async Task Ranges_of_ports_are_one_mapping_each()
        => Assert.Equal([(80, 8080), (81, 8081)], (await Project.ServiceAsync("ports: ['8080-8081:80-81']")).Spec.Ports.Select(port => (port.ContainerPort, port.HostPort!.Value)));

    [Fact]
    public async Task Volumes_are_binds_named_volumes_anonymous_ones_and_tmpfs()
    {
        ContainerSpec spec = (await Project.ServiceAsync(
            """
            volumes:
              - ./data:/data:ro
              - ~/home:/home
              - named:/named:nocopy
              - /anonymous
              - { type: bind, source: /etc, target: /long, read_only: true, bind: { create_host_path: false, propagation: rslave } }
              - { type: volume, source: named, target: /sub, volume: { subpath: a } }
              - { type: tmpfs, target: /t, tmpfs: { size: 1m, mode: 0700 } }
            tmpfs: /run:size=64k
            """,
            "volumes:\n  named:\n",
            ("HOME", "/home/me"))).Spec;

        Assert.Equal([("/srv/app/data", "/data", true, true), ("/home/me/home", "/home", false, true), ("/etc", "/long", true, false)], spec.Binds.Select(bind => (bind.Source, bind.Target, bind.ReadOnly, bind.CreateSource)));
        Assert.Equal(MountPropagation.Slave, spec.Binds[2].Propagation);
        Assert.Equal([("app_named", "/named"), (null, "/anonymous"), ("app_named", "/sub")], spec.Volumes.Select(volume => (volume.Name, volume.Target)));
        Assert.True(spec.Volumes[0].NoCopy);
        Assert.Equal("a", spec.Volumes[2].Subpath);
        Assert.Equal([ByteSize.MiB(1), ByteSize.KiB(64)], spec.Tmpfs.Select(tmpfs => tmpfs.Size!.Value));
    }

    [Fact]
    public async Task The_process_and_its_limits_are_read()
    {
        ContainerSpec spec = (await Project.ServiceAsync("""
            command: sh -c "echo 'a b'"
            entrypoint: [/entry, -x]
            user: "1000:1000"
            working_dir: /w
            init: true
            tty: true
            stdin_open: true
            stop_signal: SIGINT
            stop_grace_period: 1m30s
            restart: on-failure:3
            hostname: h
            cap_add: [NET_ADMIN]
            cap_drop: [ALL]
            security_opt: [no-new-privileges]
            sysctls: [net.core.somaxconn=1024]
            ulimits: { nproc: 65535, nofile: { soft: 20000, hard: 40000 } }
            read_only: true
            mem_limit: 64m
            memswap_limit: 128m
            cpus: 0.5
            pids_limit: 50
            shm_size: 1m
            dns: 8.8.8.8
            extra_hosts: ["a:10.0.0.1", "b=::1", "c:host-gateway"]
            expose: ["3000"]
            devices: ["/dev/null:/dev/n:r"]
            healthcheck: { test: "exit 0", interval: 10s, timeout: 500ms, retries: 2, start_period: 0s }
            logging: { driver: json-file, options: { max-size: 1m, max-file: "3" } }
            """)).Spec;

        Assert.Equal(["sh", "-c", "echo 'a b'"], spec.Command!.Value);
        Assert.Equal(["/entry", "-x"], spec.Entrypoint!.Value);
        Assert.True(spec is { User: "1000:1000", WorkingDirectory: "/w", Init: true, Terminal: true, OpenStdin: true, StopSignal: "SIGINT", Hostname: "h", ReadOnlyRoot: true, NoNewPrivileges: true });
        Assert.Equal(TimeSpan.FromSeconds(90), spec.StopTimeout);
        Assert.Equal(RestartPolicy.OnFailure(3), spec.RestartPolicy);
        Assert.Equal((new Ulimit(65535, 65535), new Ulimit(20000, 40000)), (spec.Ulimits["nproc"], spec.Ulimits["nofile"]));
        Assert.Equal((ByteSize.MiB(64), ByteSize.MiB(128), 0.5, 50), (spec.MemoryLimit!.Value, spec.MemoryAndSwapLimit!.Value, spec.CpuLimit!.Value, spec.PidsLimit!.Value));
        Assert.Equal(["a:10.0.0.1", "b:::1", "c:host-gateway"], spec.ExtraHosts);
        Assert.Equal(["CMD-SHELL", "exit 0"], spec.HealthProbe!.Test);
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(500), null, 2), (spec.HealthProbe.Interval, spec.HealthProbe.Timeout, spec.HealthProbe.StartPeriod, spec.HealthProbe.Retries));
        Assert.Equal((ByteSize.MiB(1), 3), (spec.Log.MaximumSize!.Value, spec.Log.MaximumFiles));
        Assert.Equal(DevicePermissions.Read, spec.Devices[0].Permissions);
        Assert.Equal("1024", spec.Sysctls["net.core.somaxconn"]);
    }

    [Fact]
    public async Task Environment_comes_from_lists_mappings_and_the_caller()
    {
        Assert.Equal("b", (await Project.ServiceAsync("environment: [A=b]")).Spec.Environment["A"]);
        ContainerSpec spec = (await Project.ServiceAsync("environment:\n  GIVEN:\n  MISSING:\n  EMPTY: ''", "", ("GIVEN", "x"))).Spec;
        Assert.Equal(["EMPTY=", "GIVEN=x"], spec.Environment.Select(entry => $"{entry.Key}={entry.Value}"));
    }

    [Fact]
    public async Task Deploy_limits_and_replicas_count()
    {
        ComposeService service = await Project.ServiceAsync("deploy: { replicas: 3, resources: { limits: { cpus: '0.25', memory: 32M, pids: 10 }, reservations: { memory: 16M } }, restart_policy: { condition: on-failure, max_attempts: 2 } }");

        Assert.Equal(3, service.Replicas);
        Assert.Equal((0.25, ByteSize.MiB(32), ByteSize.MiB(16), RestartPolicy.OnFailure(2)), (service.Spec.CpuLimit!.Value, service.Spec.MemoryLimit!.Value, service.Spec.MemoryReservation!.Value, service.Spec.RestartPolicy));
    }

    [Fact]
    public async Task Networks_have_aliases_addresses_and_names()
    {
        ComposeProject project = await Project.ParseAsync("""
            services:
              web:
                image: x
                networks:
                  front: { aliases: [www], ipv4_address: 10.5.0.9, priority: 5 }
                  back:
            networks:
              front:
                ipam: { config: [{ subnet: 10.5.0.0/24, gateway: 10.5.0.1 }] }
                internal: true
              back: { external: true, name: real }
            """);
        ContainerSpec spec = project.GetService("web").Spec;

        Assert.Equal(["app_front", "real"], spec.Networks.Select(network => network.Network));
        Assert.Equal(["web", "www"], spec.Networks[0].Aliases);
        Assert.Equal((IPAddress.Parse("10.5.0.9"), 5), (spec.Networks[0].IPv4Address, spec.Networks[0].Priority));
        Assert.True(project.Model.Context.Networks["front"].Spec is { IsInternal: true, Pools: [{ Subnet: not null }] });
    }

    [Fact]
    public async Task Namespaces_of_other_services_are_those_of_their_first_containers()
    {
        ComposeProject project = await Project.ParseAsync("""
            services:
              a: { image: x, container_name: named }
              b: { image: x, network_mode: "service:a", pid: "service:c", volumes_from: ["c:ro"] }
              c: { image: x, links: ["a:alias"] }
            """);

        Assert.Equal("named", project.GetService("b").Spec.NetworkContainer);
        Assert.Equal(NamespaceMode.OfContainer("app-c-1"), project.GetService("b").Spec.PidNamespace);
        Assert.Equal(["app-c-1:ro"], project.GetService("b").Spec.VolumesFrom);
        Assert.Equal(["a", "c"], project.GetService("b").Dependencies.Select(dependency => dependency.Service).Order());
        Assert.Equal(["named:alias"], project.GetService("c").Spec.Networks[0].Links);
    }

    [Fact]
    public async Task Dependencies_have_conditions()
    {
        ComposeProject project = await Project.ParseAsync("""
            services:
              a: { image: x }
              b: { image: x, depends_on: [a] }
              c: { image: x, depends_on: { a: { condition: service_healthy, restart: true }, b: { condition: service_completed_successfully, required: false } } }
            """);

        Assert.Equal([new ComposeDependency("a", ComposeCondition.Started)], project.GetService("b").Dependencies);
        Assert.Equal([new("a", ComposeCondition.Healthy) { Restarts = true }, new("b", ComposeCondition.Completed) { IsRequired = false }], project.GetService("c").Dependencies);
    }

    [Fact]
    public async Task Builds_have_a_context_arguments_and_a_name()
    {
        ComposeService service = (await Project.ParseAsync("""
            services:
              web:
                build: { context: ./dir, dockerfile: Other, target: stage, args: [A=b, GIVEN], labels: { l: v }, tags: [further:1], additional_contexts: { base: docker-image://alpine }, secrets: [s], network: none, shm_size: 1m }
            secrets:
              s: { environment: GIVEN }
            """, ("GIVEN", "g"))).GetService("web");

        Assert.Equal("app-web", service.Image);
        Assert.True(service.Build is { Dockerfile: "Other", Target: "stage", Network: BuildNetwork.None });
        Assert.Equal(["app-web", "further:1"], service.Build!.Tags);
        Assert.Equal(["A=b", "GIVEN=g"], service.Build.Arguments.Select(entry => $"{entry.Key}={entry.Value}"));
        Assert.Equal("s", Assert.Single(service.Build.Secrets.Keys));
    }

    [Fact]
    public async Task Secrets_and_configs_are_bound_or_copied()
    {
        ComposeService service = await Project.ServiceAsync(
            "secrets: [file, { source: variable, target: other, uid: '1000', mode: 0400 }]\nconfigs: [{ source: inline, target: /etc/app.conf }]",
            "secrets:\n  file: { file: ./secret }\n  variable: { environment: V }\nconfigs:\n  inline: { content: 'a $V' }\n",
            ("V", "value"));

        Assert.Equal(("/srv/app/secret", "/run/secrets/file", true), (service.Spec.Binds[0].Source, service.Spec.Binds[0].Target, service.Spec.Binds[0].ReadOnly));
        Assert.Equal([("/run/secrets/other", "value", 1000, UnixFileMode.UserRead), ("/etc/app.conf", "a value", null, null)], service.Files.Select(file => (file.Target, file.Content, file.UserId, file.Mode)));
    }
}
