using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>Scopes, forms and configuration, as Docker has them.</summary>
public sealed class BuildLanguageTests(BuildBed bed) : IClassFixture<BuildBed>
{
    [Fact]
    public async Task Arguments_and_variables_have_their_scopes()
    {
        const string file = """
            ARG IMAGE=busybox
            ARG TAG=local
            ARG JOINED=${IMAGE}:${TAG}
            ARG GLOBAL=global-default
            FROM ${JOINED} AS first
            RUN echo "1:${GLOBAL-unset}:${IMAGE-unset}" > /log
            ARG GLOBAL
            RUN echo "2:$GLOBAL" >> /log
            ARG GLOBAL=stage-default
            RUN echo "3:$GLOBAL" >> /log
            ARG LATE=late
            ENV KEPT=$LATE
            ENV GLOBAL=env-$GLOBAL
            ARG GLOBAL=arg-after-env
            RUN echo "4:$GLOBAL" >> /log
            FROM first
            RUN echo "5:$GLOBAL:$KEPT" >> /log
            FROM $JOINED
            COPY --from=1 /log /log
            RUN echo "6:${GLOBAL-unset}:${KEPT-unset}" >> /log
            ARG UNUSED
            ARG EMPTY=
            ARG MULTI=one TWO="t w o" THREE
            RUN echo "7:${UNUSED-unset}:${EMPTY-unset}:$MULTI:$TWO:${THREE-unset}" >> /log
            ENV abc=hello
            ENV abc=bye def=$abc
            ENV ghi=$abc
            ARG CHAIN=${ghi}/${def:-none}/${nope:-dflt}/${nope:+alt}/${abc:+alt}/${EMPTY:-was-empty}
            RUN echo "8:$def:$ghi:$CHAIN" >> /log
            ENV OLD STYLE value  with = and "quotes"
            ENV ESC=\$abc QUOTED='$abc' DQ="$abc and \"$def\"" BS=a\ b NL="x\ny"
            ENV PATH=$PATH:/extra
            RUN env | grep -E '^(OLD|ESC|QUOTED|DQ|BS|NL|PATH)=' | sort >> /log
            """;
        string context = bed.Context();
        Image image = await bed.BuildAsync(context, file);
        string log = await bed.ShellAsync(image, "cat /log");
        string[] lines = log.Split('\n');
        Assert.Equal(
            ["1:unset:unset", "2:global-default", "3:stage-default", "4:env-stage-default", "5:env-stage-default:late", "6:unset:unset", "7:unset::one:t w o:unset", "8:hello:bye:bye/hello/dflt//alt/was-empty"],
            lines[..8]);
        Assert.Contains("BS=a b", lines);
        Assert.Contains("DQ=bye and \"hello\"", lines);
        Assert.Contains("ESC=$abc", lines);
        Assert.Contains("NL=x\\ny", lines);
        Assert.Contains("OLD=STYLE value  with = and quotes", lines);
        Assert.Contains("QUOTED=$abc", lines);
        Assert.Contains("/extra", lines.Single(line => line.StartsWith("PATH=", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain(image.Configuration.Config.Env, entry => entry.StartsWith("CHAIN=", StringComparison.Ordinal) || entry.StartsWith("GLOBAL=", StringComparison.Ordinal));

        var record = new BuildRecord();
        Image given = await bed.BuildAsync(
            context, file, spec => spec.WithArgument("GLOBAL", "cli").WithArgument("THREE", "3").WithArgument("EMPTY", "full").WithArgument("abc", "nope"), record);
        Assert.Equal(
            ["1:unset:unset", "2:cli", "3:cli", "4:env-cli", "5:env-cli:late", "6:unset:unset", "7:unset:full:one:t w o:3", "8:hello:bye:bye/hello/dflt//alt/full"],
            (await bed.ShellAsync(given, "cat /log")).Split('\n')[..8]);
        Assert.Contains(record.Warnings, warning => warning.Message.Contains("abc", StringComparison.Ordinal));
        BuildException failure = await bed.FailAsync(context, file, spec => spec.WithArgument("IMAGE", "127.0.0.1:1/nope"));
        Assert.Contains("127.0.0.1:1", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exec-exec", "ep default $HOME")]
    [InlineData("exec-shell", "ep /bin/sh -c default arg")]
    [InlineData("shell-exec", "ep ignored ")]
    [InlineData("child-entrypoint", "child")]
    [InlineData("child-cmd", "ep childcmd")]
    [InlineData("child-both-reset", "no entrypoint")]
    [InlineData("cmd-cleared", "ep")]
    [InlineData("last-wins", "ep2 echo two")]
    [InlineData("", "/BIN/SH EXPANDED A  B")]
    public async Task Entrypoint_and_command_in_every_combination(string target, string output)
    {
        const string file = """
            FROM busybox:local AS exec-exec
            CMD ["default", "$HOME"]
            ENTRYPOINT ["echo", "ep"]
            FROM busybox:local AS exec-shell
            ENTRYPOINT ["echo", "ep"]
            CMD default arg
            FROM busybox:local AS shell-exec
            ENTRYPOINT echo "ep $0 $*"
            CMD ["ignored"]
            FROM exec-exec AS child-entrypoint
            ENTRYPOINT ["echo", "child"]
            FROM exec-exec AS child-cmd
            CMD ["childcmd"]
            FROM exec-exec AS child-both-reset
            ENTRYPOINT []
            CMD ["echo", "no entrypoint"]
            FROM exec-exec AS cmd-cleared
            CMD []
            FROM busybox:local AS last-wins
            CMD ["echo", "one"]
            CMD ["echo", "two"]
            ENTRYPOINT ["false"]
            ENTRYPOINT ["echo", "ep2"]
            FROM busybox:local
            CMD echo "$0" "$X" 'a  b' | tr a-z A-Z
            ENV X=expanded
            """;
        Image image = await bed.BuildAsync(bed.Context(), file, spec => target.Length > 0 ? spec.WithTarget(target) : spec);
        Assert.Equal(output, await bed.RunAsync(image));
    }

    [Fact]
    public async Task Shell_is_used_by_the_shell_forms_and_inherited()
    {
        const string file = """
            FROM busybox:local AS base
            RUN echo "0=$0 flags=$-" > /log; false; true
            SHELL ["/bin/busybox", "sh", "-e", "-c"]
            RUN case $- in *e*) e=on;; *) e=off;; esac; echo "0=$0 e=$e" >> /log
            RUN ["/bin/sh", "-c", "false; echo exec form has no -e >> /log"]
            CMD case $- in *e*) echo cmd on;; *) echo cmd off;; esac
            HEALTHCHECK CMD true && true
            FROM base
            SHELL ["/bin/echo", "literal:"]
            RUN $HOME "quoted  words" \
                # a comment inside a continued line \
                joined
            ENTRYPOINT go there
            SHELL ["/bin/sh", "-c"]
            RUN echo back >> /log
            """;
        var record = new BuildRecord();
        string context = bed.Context();
        Image image = await bed.BuildAsync(context, file, record: record);
        Assert.StartsWith("0=/bin/sh flags=", await bed.ShellAsync(image, "cat /log"), StringComparison.Ordinal);
        Assert.EndsWith("0=sh e=on\nexec form has no -e\nback", await bed.ShellAsync(image, "cat /log"), StringComparison.Ordinal);
        Assert.Equal(["/bin/sh", "-c"], image.Configuration.Config.Shell);
        Assert.Matches("literal: \\$HOME \"quoted  words\" *joined", record.Output);
        Assert.Equal(["/bin/echo", "literal:", "go there"], image.Configuration.Config.Entrypoint);
        Image below = await bed.BuildAsync(context, file, spec => spec.WithTarget("base"));
        Assert.Equal(["/bin/busybox", "sh", "-e", "-c"], below.Configuration.Config.Shell);
        Assert.Equal("cmd on", await bed.RunAsync(below));
        Assert.Equal(["CMD-SHELL", "true && true"], below.Configuration.Config.HealthCheck!.Test);
        await bed.FailAsync(context, file.Split("FROM base")[0] + "RUN false; true\n");
    }

    [Fact]
    public async Task Instructions_that_only_configure_do_so()
    {
        const string file = """
            FROM busybox:local AS checked
            MAINTAINER  Some One <one@example.test>
            HEALTHCHECK --interval=90s --timeout=1m30s --start-period=250ms --retries=7 CMD ["/bin/test", "-e", "/ready"]
            LABEL multi="line one \
            line two" "spaced key"="v" empty= dup=1
            LABEL dup=2 json="{\"a\":[1,2]}" uni=žluťoučký
            EXPOSE 53 53/udp 53/TCP 7000-7002
            VOLUME ["/v1", "/v 2"]
            VOLUME /v3 /v4/
            STOPSIGNAL 10
            WORKDIR /srv
            WORKDIR ../data/./x//y/
            FROM checked AS disabled
            HEALTHCHECK NONE
            FROM checked
            HEALTHCHECK CMD test -e /ready || exit 1
            STOPSIGNAL SIGQUIT
            """;
        string context = bed.Context();
        Image image = await bed.BuildAsync(context, file, spec => spec.WithLabel("from-cli", "yes").WithLabel("dup", "cli"));
        Oci.ExecutionConfiguration config = image.Configuration.Config;
        Assert.Equal(["CMD-SHELL", "test -e /ready || exit 1"], config.HealthCheck!.Test);
        Assert.Null(config.HealthCheck.Interval);
        Assert.Equal("line one line two|v||cli|{\"a\":[1,2]}|žluťoučký|yes",
            string.Join('|', new[] { "multi", "spaced key", "empty", "dup", "json", "uni", "from-cli" }.Select(name => config.Labels[name])));
        Assert.Equal(["53/tcp", "53/udp", "7000/tcp", "7001/tcp", "7002/tcp"], config.ExposedPorts.Order(StringComparer.Ordinal));
        Assert.Equal(["/v 2", "/v1", "/v3", "/v4/"], config.Volumes.Order(StringComparer.Ordinal));
        Assert.Equal("SIGQUIT", config.StopSignal);
        Assert.Equal("/data/x/y", config.WorkingDir);
        Image below = await bed.BuildAsync(context, file, spec => spec.WithTarget("checked"));
        Assert.Equal("10", below.Configuration.Config.StopSignal);
        Assert.Equal("Some One <one@example.test>", below.Configuration.Author);
        Oci.HealthCheck check = below.Configuration.Config.HealthCheck!;
        Assert.Equal((90.0, 90.0, 0.25, 7), (check.Interval!.Value.TotalSeconds, check.Timeout!.Value.TotalSeconds, check.StartPeriod!.Value.TotalSeconds, check.Retries));
        Assert.Equal(["NONE"], (await bed.BuildAsync(context, file, spec => spec.WithTarget("disabled"))).Configuration.Config.HealthCheck!.Test);
    }

    [Theory]
    [InlineData("HEALTHCHECK --interval=1us CMD x")]
    [InlineData("HEALTHCHECK --retries=-1 CMD x")]
    [InlineData("HEALTHCHECK --bogus=1 CMD x")]
    [InlineData("HEALTHCHECK CMD")]
    [InlineData("HEALTHCHECK NONE x")]
    [InlineData("HEALTHCHECK WHAT x")]
    [InlineData("HEALTHCHECK")]
    [InlineData("STOPSIGNAL SIGNOPE")]
    [InlineData("EXPOSE 80/xyz")]
    [InlineData("EXPOSE notaport")]
    [InlineData("EXPOSE 90-80")]
    [InlineData("EXPOSE")]
    [InlineData("LABEL novalue")]
    [InlineData("LABEL")]
    [InlineData("VOLUME [\"\"]")]
    [InlineData("MAINTAINER")]
    [InlineData("WORKDIR")]
    [InlineData("ENV")]
    [InlineData("SHELL /bin/sh -c")]
    [InlineData("SHELL []")]
    [InlineData("RUN [\"/bin/sh\", \"-c\", 1]")]
    [InlineData("WORKDIR /bin/busybox")]
    [InlineData("WORKDIR /bin/busybox/sub")]
    [InlineData("RUN --bogus true")]
    [InlineData("ONBUILD FROM x")]
    [InlineData("USER nosuchuser\nRUN true", "nosuchuser")]
    [InlineData("RUN [\"/no/such/binary\"]", "/no/such/binary")]
    [InlineData("RUN no-such-command-here", "127")]
    [InlineData("RUN sh -c \"kill -9 \\$\\$\"; exit $?", "137")]
    [InlineData("FRO busybox:local", "FROM")]
    [InlineData("COPY --from=0 /bin /x", "stage 0")]
    [InlineData("COPY --from=later /x /x\nFROM busybox:local AS later", "later")]
    public async Task What_is_wrong_is_an_error_in_its_line(string instruction, string? message = null)
    {
        BuildException failure = await bed.FailAsync(bed.Context(), $"FROM busybox:local\n{instruction}\n");
        Assert.True(failure.Line >= 2, failure.Message);
        Assert.Contains(message ?? "", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(await bed.Engine.Containers.ListAsync(TestContext.Current.CancellationToken), container => container.Status == ContainerStatus.Running);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment")]
    [InlineData("RUN echo no from")]
    [InlineData("ARG A=1")]
    [InlineData("ENV A=1\nFROM busybox:local")]
    public async Task A_file_without_a_stage_is_an_error(string text) => await bed.FailAsync(bed.Context(), text);

    [Fact]
    public async Task Triggers_of_the_base_run_first_and_only_once()
    {
        string context = bed.Context(("f", "from context\n"));
        await bed.BuildAsync(context, "FROM busybox:local\nONBUILD COPY f /f\nONBUILD RUN cat /f > /g\nONBUILD ENV TRIGGERED=yes\n", spec => spec.WithTag("onbuild:1"));
        Image child = await bed.BuildAsync(context, "FROM onbuild:1\nRUN echo \"$TRIGGERED\" > /h\n", spec => spec.WithTag("onbuild:2"));
        Assert.Equal("from context\nyes", await bed.ShellAsync(child, "cat /g /h"));
        Assert.Empty(child.Configuration.Config.OnBuild);
    }

    [Fact]
    public async Task Here_documents_are_scripts_and_files()
    {
        const string file = """
            FROM busybox:local
            ARG WHO=world
            RUN <<EOF
            echo "hello $WHO" > /script
            false
            echo after >> /script
            EOF
            RUN cat <<ONE > /one && cat <<'TWO' > /two
            first $WHO
            ONE
            second $WHO
            TWO
            COPY <<EOF /copied
            copied $WHO
            EOF
            COPY <<'EOF' <<-B /several/
            raw $WHO
            EOF
            	stripped
            	B
            RUN <<EOF
            #!/bin/busybox sh
            echo "own $0" > /own
            EOF
            """;
        Image image = await bed.BuildAsync(bed.Context(), file);
        Assert.Equal("hello world\nafter", await bed.ShellAsync(image, "cat /script"));
        Assert.Equal("first world\nsecond $WHO\ncopied world\nraw $WHO\nstripped", await bed.ShellAsync(image, "cat /one /two /copied /several/EOF /several/B"));
        Assert.Equal("own /dev/pipes/EOF", await bed.ShellAsync(image, "cat /own"));
    }
}
