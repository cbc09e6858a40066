using Xunit;

namespace ContainerKit.IntegrationTests.Stress;

/// <summary>Many containers at once.</summary>
[Collection(StressCollection.Name)]
public sealed class ManyContainersTests
{
    [Fact]
    public async Task Two_hundred_parallel_starts_all_end_and_leave_nothing()
    {
        await using StressBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync();
        await bed.MeasureAsync(engine);

        int[] codes = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            await using Container container = await engine.Containers.StartAsync(bed.Spec("/true"), StressBed.Token);
            return (await container.WaitAsync(StressBed.Token)).ExitCode;
        }));

        Assert.All(codes, code => Assert.Equal(0, code));
        Assert.Empty(await engine.Containers.ListAsync(StressBed.Token));
        await bed.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task Running_containers_cost_neither_threads_nor_much_memory()
    {
        const int Count = 100;
        await using StressBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync();
        await bed.MeasureAsync(engine);
        HashSet<string> threads = Threads();
        long memory = GC.GetTotalMemory(forceFullCollection: true);

        Container[] containers = await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => engine.Containers.StartAsync(bed.Spec("/pause"), StressBed.Token)));

        // The thread pool may have grown by a few for the starts; a thread each would be a hundred.
        int more = Threads().Except(threads).Count();
        long each = (GC.GetTotalMemory(forceFullCollection: true) - memory) / Count;
        Assert.Equal(Count, (await engine.Containers.ListAsync(StressBed.Token)).Count(c => c.Status == ContainerStatus.Running));
        await Task.WhenAll(containers.Select(c => c.DisposeAsync().AsTask()));
        Assert.InRange(more, 0, Count / 2);
        Assert.InRange(each, long.MinValue, 100 * 1024);
        await bed.AssertNothingLeftAsync();
    }

    private static HashSet<string> Threads() => [.. Directory.GetDirectories("/proc/self/task")];
}
