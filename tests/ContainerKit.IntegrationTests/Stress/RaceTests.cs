using Xunit;

namespace ContainerKit.IntegrationTests.Stress;

/// <summary>Two things at the same time, one of which takes the ground from under the other: a clean answer and nothing left, never a hang.</summary>
[Collection(StressCollection.Name)]
public sealed class RaceTests
{
    [Fact]
    public async Task Exec_during_the_end_of_a_container_is_a_result_or_a_clean_error()
    {
        Moments moments = Moments.Create();
        await using StressBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync();
        await bed.MeasureAsync(engine);
        for (int i = 0; i < 60; i++)
        {
            await using Container container = await engine.Containers.StartAsync(bed.Spec("/pause"), StressBed.Token);
            Task end = moments.After(TimeSpan.FromMilliseconds(4), () => container.KillAsync(cancellationToken: StressBed.Token));
            for (bool running = true; running;)
            {
                running = await ExecAsync(container, moments);
            }

            await end;
            Assert.Equal(137, (await container.WaitAsync(StressBed.Token)).ExitCode);
        }

        await bed.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task Removal_during_start_leaves_nothing()
    {
        Moments moments = Moments.Create();
        await using StressBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync();
        await bed.MeasureAsync(engine);
        for (int i = 0; i < 60; i++)
        {
            Container container = await engine.Containers.CreateAsync(bed.Spec("/pause"), StressBed.Token);
            Task removal = moments.After(TimeSpan.FromMilliseconds(4), () => container.RemoveAsync(force: true, StressBed.Token));
            try
            {
                await container.StartAsync(StressBed.Token);
            }
            catch (ContainerKitException e) when (e is NotFoundException or InvalidStateException or ConflictException)
            {
                // The removal was first.
            }

            await removal;
            Assert.Empty(await engine.Containers.ListAsync(StressBed.Token));
        }

        await bed.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task Engine_that_is_disposed_during_starts_leaves_nothing()
    {
        Moments moments = Moments.Create();
        await using StressBed bed = new();
        await using (ContainerEngine engine = await bed.OpenAsync())
            await bed.MeasureAsync(engine);
        bed.Measure();
        for (int i = 0; i < 25; i++)
        {
            ContainerEngine engine = await bed.OpenAsync();
            Task[] starts = [.. Enumerable.Range(0, 6).Select(_ => StartAsync(engine, bed, moments))];
            await moments.After(TimeSpan.FromMilliseconds(12), () => engine.DisposeAsync().AsTask());
            await Task.WhenAll(starts);
            await bed.AssertNothingLeftAsync();
        }

        await using ContainerEngine next = await bed.OpenAsync();
        Assert.Empty(await next.Containers.ListAsync(StressBed.Token));
    }

    private static async Task StartAsync(ContainerEngine engine, StressBed bed, Moments moments)
    {
        try
        {
            await Task.Yield();
            Container container = await engine.Containers.StartAsync(bed.Spec("/pause"), StressBed.Token);
            Assert.Equal(137, (await container.WaitAsync(StressBed.Token)).ExitCode);
            await container.DisposeAsync();
        }
        catch (Exception e) when (e is ObjectDisposedException or NotFoundException)
        {
            Assert.False(StressBed.Token.IsCancellationRequested, moments.ToString());
        }
    }

    /// <summary>False when the container has ended.</summary>
    private static async Task<bool> ExecAsync(Container container, Moments moments)
    {
        try
        {
            ExecResult result = await container.ExecAsync(["/true"], StressBed.Token);
            Assert.True(result.ExitCode is 0 or 137, $"{result.ExitCode}, {moments}");
            return true;
        }
        catch (Exception e) when (e is InvalidStateException or ContainerStartException)
        {
            return false;
        }
    }
}
