using Xunit;

namespace ContainerKit.Testing.Tests.Registries;

/// <summary>The registry for tests, with an engine as its client.</summary>
public sealed class RegistryTests(TestBed bed, RegistryTests.PrivateRegistry guarded) : IClassFixture<RegistryTests.PrivateRegistry>
{
    private static CancellationToken Token => TestBed.Token;

    [Fact]
    public async Task Images_go_there_and_come_back_and_nothing_stays()
    {
        string image = await MakeImageAsync("there:1");
        Uri address;
        await using (TestRegistry registry = await TestRegistry.StartAsync(cancellationToken: Token))
        {
            address = registry.Address;
            string reference = await registry.PushAsync(bed.Engine, image, cancellationToken: Token);
            Assert.Equal($"{registry.Name}/there:1", reference);
            Assert.Equal($"{registry.Name}/team/app:2", await registry.PushAsync(bed.Engine, image, "team/app:2", Token));
            Image before = await bed.Engine.Images.GetAsync(image, Token);
            await bed.Engine.Images.RemoveAsync(before.Id.ToString(), force: true, cancellationToken: Token);

            Assert.Equal(before.Id, (await bed.Engine.Images.PullAsync(reference, cancellationToken: Token)).Id);
            await bed.Engine.Images.RemoveAsync(before.Id.ToString(), force: true, cancellationToken: Token);
            Assert.Null(registry.Credential);
        }

        using var client = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(address, Token));
    }

    [Fact]
    public async Task Registry_with_a_user_asks_for_the_password()
    {
        string image = await MakeImageAsync("guarded:1");
        string reference = await guarded.PushAsync(image, cancellationToken: Token);
        await bed.Engine.Images.RemoveAsync(image, force: true, cancellationToken: Token);
        var anew = new ImagePullOptions { Policy = PullPolicy.Always };

        await Assert.ThrowsAsync<RegistryAccessException>(() => bed.Engine.Images.PullAsync(reference, anew, Token));
        Image pulled = await bed.Engine.Images.PullAsync(reference, anew with { Credential = guarded.Credential }, Token);
        Assert.Contains(pulled.References, name => name.ToString() == reference);
        await bed.Engine.Images.RemoveAsync(pulled.Id.ToString(), force: true, cancellationToken: Token);
    }

    [Fact]
    public async Task Options_that_contradict_each_other_are_refused()
        => await Assert.ThrowsAsync<ArgumentException>(() => TestRegistry.StartAsync(new TestRegistryOptions { UseTokens = true }, Token));

    [Fact]
    public async Task Id_without_a_name_is_refused()
    {
        string id = (await bed.Engine.Images.GetAsync(await MakeImageAsync("id:1"), Token)).Id.ToString();

        ArgumentException e = await Assert.ThrowsAsync<ArgumentException>(() => guarded.Registry.PushAsync(bed.Engine, id, cancellationToken: Token));
        Assert.Contains("say which name", e.Message, StringComparison.Ordinal);
        await bed.Engine.Images.RemoveAsync(id, force: true, cancellationToken: Token);
    }

    /// <summary>An image of its own for each test: a file with the image's name.</summary>
    private async Task<string> MakeImageAsync(string name)
    {
        string directory = Path.Combine(bed.Directory, RandomName.Create());
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, "name"), name, Token);
        await bed.Engine.Images.BuildAsync(BuildSpec.FromDirectory(directory).WithDockerfileText("FROM scratch\nCOPY name /\n").WithTag(name), cancellationToken: Token);
        return name;
    }

    public sealed class PrivateRegistry : RegistryFixture
    {
        protected override TestRegistryOptions Configure() => new() { User = "ci", UseTokens = true };
    }
}
