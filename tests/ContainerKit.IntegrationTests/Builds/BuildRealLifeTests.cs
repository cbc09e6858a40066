using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>Images as people build them: a service in .NET, a program in C, Debian packages, and an ssh agent.</summary>
[Collection(DebianCollection.Name)]
public sealed class BuildRealLifeTests(DebianFixture bed)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dotnet_service_is_published_and_runs()
    {
        _ = bed.Spec("true");
        string? sdk = FindSdk();
        Assert.SkipWhen(sdk is null, "missing capability: a .NET SDK of this version with its targeting packs");
        string context = Context(
            ("service.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\"><PropertyGroup><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><UseAppHost>false</UseAppHost></PropertyGroup></Project>"),
            ("nuget.config", "<configuration><packageSources><clear /></packageSources></configuration>"),
            ("Program.cs", """
                var builder = WebApplication.CreateBuilder(args);
                builder.WebHost.UseUrls("http://127.0.0.1:0");
                var app = builder.Build();
                app.MapGet("/", () => "served");
                await app.StartAsync();
                using var client = new HttpClient();
                Console.WriteLine("answer: " + await client.GetStringAsync(app.Urls.First()));
                await app.StopAsync();
                """));
        const string file = """
            FROM debian:test AS base
            ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
            FROM base AS publish
            WORKDIR /src
            COPY service.csproj nuget.config ./
            RUN --mount=from=sdk,target=/usr/share/dotnet --mount=type=cache,target=/root/.nuget /usr/share/dotnet/dotnet restore
            COPY . ./
            RUN --mount=from=sdk,target=/usr/share/dotnet --mount=type=cache,target=/root/.nuget \
              /usr/share/dotnet/dotnet publish --no-restore -c Release -o /out -p:UseAppHost=false
            FROM base
            COPY --from=sdk --parents dotnet host shared /usr/share/dotnet/
            COPY --from=publish /out /app
            WORKDIR /app
            CMD ["/usr/share/dotnet/dotnet", "service.dll"]
            """;
        BuildSpec spec = BuildSpec.FromDirectory(context).WithDockerfileText(file).WithNamedContext("sdk", BuildContext.FromDirectory(sdk!));
        Image image = await BuildAsync(spec);
        ExecResult result = await bed.Engine.Containers.RunAsync(ContainerSpec.FromImage(image), cancellationToken: Token);
        Assert.Contains("answer: served", result.StandardOutput, StringComparison.Ordinal);
        var again = new BuildRecord();
        Assert.Equal(image.Id, (await bed.Engine.Images.BuildAsync(spec, again, Token)).Id);
        Assert.Empty(again.Done);
    }

    [Fact]
    public async Task A_compiler_is_installed_by_apt_and_its_program_is_an_image()
    {
        bed.RequireUsers();
        string packages = await DebianPackages.RequireAsync(bed, Token);
        await using var mirror = LoopbackFiles.Of(packages);
        string context = Context(("hello.c", "#include <stdio.h>\nint main(void) { puts(\"compiled\"); return 0; }\n"));
        const string file = """
            FROM debian:test AS toolchain
            ARG MIRROR
            ENV DEBIAN_FRONTEND=noninteractive
            RUN --network=host --mount=type=cache,target=/var/cache/apt,sharing=locked <<END
            set -e
            rm -rf /etc/apt/sources.list.d
            echo "deb [trusted=yes] $MIRROR ./" > /etc/apt/sources.list
            apt-get -o Acquire::AllowInsecureRepositories=true update
            apt-get install -y --no-install-recommends gcc libc6-dev
            END
            FROM toolchain AS build
            WORKDIR /src
            COPY hello.c .
            RUN gcc -O2 -static -o /hello hello.c
            FROM scratch
            COPY --from=build /hello /hello
            ENTRYPOINT ["/hello"]
            """;
        Image image = await BuildAsync(BuildSpec.FromDirectory(context).WithDockerfileText(file).WithArgument("MIRROR", mirror.Url));
        ExecResult result = await bed.Engine.Containers.RunAsync(ContainerSpec.FromImage(image), cancellationToken: Token);
        Assert.Equal("compiled\n", result.StandardOutput);
        Assert.Single(image.Layers);
        Assert.Contains(mirror.Served, served => served.Request.Path.EndsWith(".deb", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_command_reaches_the_ssh_agent_that_it_was_given()
    {
        _ = bed.Spec("true");
        string socket = Path.Combine(Context(), "agent");
        using var agent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        agent.Bind(new UnixDomainSocketEndPoint(socket));
        agent.Listen();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task answering = AnswerAsync(agent, stop.Token);
        const string file = """
            FROM debian:test
            RUN --mount=type=ssh,required,mode=0666 stat -c %a $SSH_AUTH_SOCK > /mode
            RUN --mount=type=ssh,required --mount=type=ssh,id=second,target=/tmp/second <<'END'
            cat > /tmp/ask.pl <<'PERL'
            use IO::Socket::UNIX;
            for my $path ($ENV{SSH_AUTH_SOCK}, "/tmp/second") {
              my $agent = IO::Socket::UNIX->new(Peer => $path) or die "$path: $!";
              print $agent pack("NC", 1, 11);
              $agent->flush;
              read($agent, my $answer, 9) == 9 or die "short";
              my (undef, $type, $keys) = unpack("NCN", $answer);
              print "$type $keys\n";
            }
            PERL
            perl /tmp/ask.pl > /answer && rm /tmp/ask.pl
            END
            RUN ls -d /run/buildkit /tmp/second 2>/dev/null | wc -l > /left
            """;
        Image image = await BuildAsync(BuildSpec.FromDockerfile(file).WithSshAgent(socket).WithSshAgent(socket, "second"));
        ExecResult result = await bed.Engine.Containers.RunAsync(ContainerSpec.FromImage(image).WithCommand("cat", "/mode", "/answer", "/left"), cancellationToken: Token);
        Assert.Equal("666\n12 7\n12 7\n0\n", result.StandardOutput);
        await Assert.ThrowsAsync<BuildException>(() => bed.Engine.Images.BuildAsync(BuildSpec.FromDockerfile("FROM debian:test\nRUN --mount=type=ssh,required true\n"), cancellationToken: Token));
        await stop.CancelAsync();
        await answering;
    }

    /// <summary>Answers whoever asks for keys (type 11) that there are seven (type 12), without naming any.</summary>
    private static async Task AnswerAsync(Socket agent, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using Socket client = await agent.AcceptAsync(cancellationToken);
                byte[] question = new byte[5];
                if (await client.ReceiveAsync(question, SocketFlags.None, cancellationToken) == question.Length && question[4] == 11)
                {
                    byte[] answer = new byte[9];
                    BinaryPrimitives.WriteInt32BigEndian(answer, 5);
                    answer[4] = 12;
                    BinaryPrimitives.WriteInt32BigEndian(answer.AsSpan(5), 7);
                    await client.SendAsync(answer, SocketFlags.None, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private static string? FindSdk()
    {
        // …/shared/Microsoft.NETCore.App/10.0.0/
        string? root = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(RuntimeEnvironment.GetRuntimeDirectory().TrimEnd('/'))));
        return root is not null && Directory.Exists(Path.Combine(root, "sdk")) && Directory.Exists(Path.Combine(root, "packs", "Microsoft.AspNetCore.App.Ref")) ? root : null;
    }

    private async Task<Image> BuildAsync(BuildSpec spec)
    {
        var record = new BuildRecord();
        try
        {
            return await bed.Engine.Images.BuildAsync(spec, record, Token);
        }
        catch (BuildException e)
        {
            throw new InvalidOperationException($"{e.Message}\n{record.Output}", e);
        }
    }

    private string Context(params (string Path, string Text)[] files)
    {
        string root = Path.Combine(bed.Directory, "c" + Guid.NewGuid().ToString("N")[..8]);
        Directory.CreateDirectory(root);
        foreach ((string path, string text) in files)
        {
            File.WriteAllText(Path.Combine(root, path), text);
        }
        return root;
    }
}
