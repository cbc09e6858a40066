namespace ContainerKit.Oci.Tests.Images;

/// <summary>Documents as tools wrote them (umoci 0.4, skopeo 1.9), and as Docker and BuildKit write them.</summary>
internal static class Documents
{
    public const string UmociIndex = """{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:fb7707b100869e099530a643428c698d81f8fea976896c6f9405985befae89cc","size":345,"annotations":{"org.opencontainers.image.ref.name":"x"}}]}""";

    public const string UmociManifest = """{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:711876e99a9c594c9a48e1d8bc0208d485166189690c21a1ab01bcef78b73f0a","size":513},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:44bdd0219571630d2e680efc2c8a4b7884402d398f660c21f3090ffafc1da623","size":132}]}""";

    public const string UmociConfig = """{"created":"2026-11-21T23:01:02.650809938Z","author":"me","architecture":"amd64","os":"linux","config":{"ExposedPorts":{"80/tcp":{}},"Env":["A=b"],"Cmd":["/bin/sh"],"Volumes":{"/data":{}},"Labels":{"k":"v"}},"rootfs":{"type":"layers","diff_ids":["sha256:edb31b5dfee56e49b41a472d01d6748d9b15f27761ee7d2c0a8ce66e193d5a31"]},"history":[{"created":"2026-11-21T23:01:02.671688637Z","created_by":"umoci repack"},{"created":"2026-11-21T23:01:02.68143855Z","created_by":"umoci config","author":"me","empty_layer":true}]}""";

    public const string SkopeoDockerManifest = """{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":513,"digest":"sha256:711876e99a9c594c9a48e1d8bc0208d485166189690c21a1ab01bcef78b73f0a"},"layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":132,"digest":"sha256:44bdd0219571630d2e680efc2c8a4b7884402d398f660c21f3090ffafc1da623"}]}""";

    public const string SkopeoArchiveManifest = """[{"Config":"711876e99a9c594c9a48e1d8bc0208d485166189690c21a1ab01bcef78b73f0a.json","RepoTags":["docker.io/foo/bar:1"],"Layers":["edb31b5dfee56e49b41a472d01d6748d9b15f27761ee7d2c0a8ce66e193d5a31.tar"]}]""";

    /// <summary>The form of Docker's builder before BuildKit: nulls for what is empty, members of a container among the image's.</summary>
    public const string DockerConfig = """
        {
          "architecture": "arm", "variant": "v7", "os": "linux", "docker_version": "19.03.12", "container": "0123",
          "created": "2020-08-01T09:12:01.12345+02:00",
          "config": {
            "Hostname": "", "Domainname": "", "User": "postgres:", "AttachStdin": false, "Tty": false,
            "ExposedPorts": {"5432/tcp": {}, "53/udp": null}, "Env": ["PATH=/bin", "GREETING=a & b <c>"],
            "Cmd": null, "Entrypoint": ["docker-entrypoint.sh"], "Image": "sha256:0123", "Volumes": null, "WorkingDir": "/work",
            "OnBuild": null, "Labels": null, "StopSignal": "SIGINT", "StopTimeout": 90, "ArgsEscaped": true, "Shell": ["/bin/bash", "-c"],
            "Healthcheck": {"Test": ["CMD-SHELL", "pg_isready"], "Interval": 30000000000, "Timeout": 1500000000, "StartPeriod": 0, "Retries": 3}
          },
          "container_config": {"Hostname": "x", "Cmd": ["/bin/sh", "-c", "#(nop) "]},
          "history": [{"created": "0001-01-01T00:00:00Z", "created_by": "/bin/sh -c #(nop) ADD file in / ", "empty_layer": false}],
          "rootfs": {"type": "layers", "diff_ids": ["sha256:edb31b5dfee56e49b41a472d01d6748d9b15f27761ee7d2c0a8ce66e193d5a31"]}
        }
        """;

    /// <summary>The form of BuildKit: several platforms, each with an attestation beside it.</summary>
    public const string BuildKitIndex = """
        {
          "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
          "manifests": [
            {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 1, "platform": {"architecture": "unknown", "os": "unknown"},
             "digest": "sha256:0000000000000000000000000000000000000000000000000000000000000000",
             "annotations": {"vnd.docker.reference.type": "attestation-manifest",
                             "vnd.docker.reference.digest": "sha256:1111111111111111111111111111111111111111111111111111111111111111"}},
            {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 2, "platform": {"architecture": "amd64", "os": "linux"},
             "digest": "sha256:1111111111111111111111111111111111111111111111111111111111111111"},
            {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 3, "platform": {"architecture": "arm", "os": "linux", "variant": "v6"},
             "digest": "sha256:2222222222222222222222222222222222222222222222222222222222222222"},
            {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 4, "platform": {"architecture": "arm", "os": "linux", "variant": "v7"},
             "digest": "sha256:3333333333333333333333333333333333333333333333333333333333333333"},
            {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 5, "platform": {"architecture": "arm64", "os": "linux", "variant": "v8"},
             "digest": "sha256:4444444444444444444444444444444444444444444444444444444444444444"},
            {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 6,
             "platform": {"architecture": "amd64", "os": "windows", "os.version": "10.0.17763.1", "os.features": ["win32k"]},
             "digest": "sha256:5555555555555555555555555555555555555555555555555555555555555555"}
          ]
        }
        """;
}
