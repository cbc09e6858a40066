using ContainerKit.Images;
using ContainerKit.Oci;
using Xunit;

namespace ContainerKit.Tests.Images;

public sealed class ConfigurationChangeTests
{
    [Fact]
    public void Instructions_change_what_they_name()
    {
        ExecutionConfiguration result = Apply(
            "CMD [\"a\", \"b c\"]", "ENV ONE=1 TWO=\"two words\" THREE=${ONE}x", "env OLD form with blanks", "LABEL key='single $ONE' \"quoted key\"=v",
            "EXPOSE 80 53/udp 1000-1005", "VOLUME [\"/a\", \"/b\"]", "VOLUME /c /d", "USER app:media", "WORKDIR /srv", "WORKDIR data/../files",
            "STOPSIGNAL SIGINT", "SHELL [\"/bin/bash\", \"-c\"]", "ONBUILD RUN make", "HEALTHCHECK --interval=1m30s --retries=5 CMD curl -f http://localhost/");

        Assert.Equal(["a", "b c"], result.Cmd);
        Assert.Equal(["ONE=1", "TWO=two words", "THREE=x", "OLD=form with blanks"], result.Env);
        Assert.Equal(("single $ONE", "v"), (result.Labels["key"], result.Labels["quoted key"]));
        Assert.Equal(["1000-1005/tcp", "53/udp", "80/tcp"], result.ExposedPorts);
        Assert.Equal(["/a", "/b", "/c", "/d"], result.Volumes);
        Assert.Equal(("app:media", "/srv/files", "SIGINT"), (result.User, result.WorkingDir, result.StopSignal));
        Assert.Equal(["/bin/bash", "-c"], result.Shell);
        Assert.Equal(["RUN make"], result.OnBuild);
        Assert.Equal(["CMD", "/bin/bash", "-c", "curl -f http://localhost/"], result.HealthCheck!.Test);
        Assert.Equal((TimeSpan.FromSeconds(90), 5), (result.HealthCheck.Interval, result.HealthCheck.Retries));
    }

    [Fact]
    public void A_command_in_shell_form_goes_through_the_shell()
    {
        Assert.Equal(["/bin/sh", "-c", "echo $HOME"], Apply("CMD echo $HOME").Cmd);
        Assert.Equal(["/bin/sh", "-c", "[not json"], Apply("ENTRYPOINT [not json").Entrypoint);
        Assert.Equal(["CMD-SHELL", "true"], Apply("HEALTHCHECK CMD true").HealthCheck!.Test);
        Assert.Equal(["NONE"], Apply("HEALTHCHECK NONE").HealthCheck!.Test);
    }

    [Fact]
    public void A_new_entrypoint_makes_the_old_command_void_unless_there_is_a_new_one()
    {
        var image = new ExecutionConfiguration { Cmd = ["old"], Env = ["A=1"] };
        Assert.Empty(Apply(image, "ENTRYPOINT [\"e\"]").Cmd);
        Assert.Equal(["new"], Apply(image, "CMD [\"new\"]", "ENTRYPOINT [\"e\"]").Cmd);
        Assert.Equal(["A=2"], Apply(image, "ENV A=2").Env);
    }

    [Theory]
    [InlineData("RUN make")]
    [InlineData("FROM scratch")]
    [InlineData("ENV")]
    [InlineData("ENV =x")]
    [InlineData("LABEL nothing")]
    [InlineData("EXPOSE 70000")]
    [InlineData("EXPOSE 80/ip")]
    [InlineData("USER two words")]
    [InlineData("SHELL /bin/sh")]
    [InlineData("HEALTHCHECK --interval=soon CMD x")]
    [InlineData("HEALTHCHECK sometimes")]
    [InlineData("WORKDIR \"open")]
    public void What_is_no_such_instruction_is_refused_by_name(string text)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => ConfigurationChange.Parse(text));
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    private static ExecutionConfiguration Apply(params string[] changes) => Apply(new ExecutionConfiguration(), changes);

    private static ExecutionConfiguration Apply(ExecutionConfiguration configuration, params string[] changes)
        => ConfigurationChange.Apply([.. changes.Select(ConfigurationChange.Parse)], configuration);
}
