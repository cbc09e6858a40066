using ContainerKit;
using ContainerKit.Testing;
using Xunit;

public sealed class Machine : ContainerFixture
{
    private Image? _image;

    protected override async Task<ContainerEngine> OpenEngineAsync(CancellationToken cancellationToken)
    {
        ContainerEngine engine = await base.OpenEngineAsync(cancellationToken);
        _image = await engine.Images.FromDirectoryAsync("/", cancellationToken);
        return engine;
    }

    protected override ContainerSpec Configure() => ContainerSpec.FromImage(_image!).WithCommand("sleep", "600");
}

public sealed class Tests(Machine machine) : IClassFixture<Machine>
{
    [Fact]
    public async Task Container_answers()
    {
        ExecResult result = await machine.Container.ExecAsync(["echo", "hello"], TestContext.Current.CancellationToken);
        Assert.Equal("hello\n", result.StandardOutput);
    }
}
