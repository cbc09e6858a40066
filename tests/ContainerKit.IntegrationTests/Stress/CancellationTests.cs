using System.Diagnostics;
using Xunit;

namespace ContainerKit.IntegrationTests.Stress;

/// <summary>Cancellation wherever a call may wait: the call ends, and what it half did is undone.</summary>
[Collection(StressCollection.Name)]
public sealed class CancellationTests
{
    [Fact]
    public async Task Start_cancelled_at_two_hundred_random_moments_leaves_nothing()
    {
        await using StressBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync();
        await bed.MeasureAsync(engine);

        TimeSpan limit = await MeasureAsync(engine, bed);

        int cancelled = await RepeatAsync(200, limit, async token =>
        {
            await using Container container = await engine.Containers.StartAsync(bed.Spec("/pause"), token);
        });

        TestContext.Current.SendDiagnosticMessage($"{cancelled} of 200 starts were cancelled.");
        Assert.Empty(await engine.Containers.ListAsync(StressBed.Token));
        await bed.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task Run_exec_and_wait_cancelled_at_random_moments_leave_nothing()
    {
        await using StressBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync();
        await bed.MeasureAsync(engine);
        TimeSpan limit = await MeasureAsync(engine, bed);
        await using (Container container = await engine.Containers.StartAsync(bed.Spec("/pause"), StressBed.Token))
        {
            await RepeatAsync(60, limit, token => container.ExecAsync(["/true"], token));
            await RepeatAsync(60, limit, token => container.ExecAsync(["/pause"], token));
            await RepeatAsync(20, limit, token => container.WaitAsync(token));
            Assert.Equal(0, (await container.ExecAsync(["/true"], StressBed.Token)).ExitCode);
        }

        await RepeatAsync(60, limit, token => engine.Containers.RunAsync(bed.Spec("/pause"), cancellationToken: token));
        Assert.Empty(await engine.Containers.ListAsync(StressBed.Token));
        await bed.AssertNothingLeftAsync();
    }

    /// <summary>The clock and the log are asked at many places on the way: each of them is, once, the moment of the cancellation.</summary>
    [Theory]
    [InlineData("start")]
    [InlineData("run")]
    [InlineData("exec")]
    [InlineData("stop")]
    public async Task Call_cancelled_at_each_place_leaves_nothing(string call)
    {
        using Checkpoints points = new();
        await using StressBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync(points.Clock, points);
        await bed.MeasureAsync(engine);
        for (int place = 0; await CancelAtAsync(engine, bed, call, points, place); place++)
        {
            Assert.Empty(await engine.Containers.ListAsync(StressBed.Token));
        }

        await bed.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task Cancelled_token_starts_nothing()
    {
        await using StressBed bed = new();
        await using ContainerEngine engine = await bed.OpenAsync();
        await bed.MeasureAsync(engine);
        CancellationToken cancelled = new(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.Containers.StartAsync(bed.Spec("/pause"), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.Containers.CreateAsync(bed.Spec("/pause"), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.Containers.RunAsync(bed.Spec("/pause"), cancellationToken: cancelled));
        await bed.AssertNothingLeftAsync();
    }

    /// <summary>A little more than a start takes on this machine now, so that moments are spread over all of it.</summary>
    private static async Task<TimeSpan> MeasureAsync(ContainerEngine engine, StressBed bed)
    {
        List<TimeSpan> times = [];
        for (int i = 0; i < 9; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await using Container container = await engine.Containers.StartAsync(bed.Spec("/pause"), StressBed.Token);
            times.Add(Stopwatch.GetElapsedTime(start));
        }

        return times.Order().ElementAt(times.Count / 2) * 1.3;
    }

    /// <summary>False when the call went through without reaching the place.</summary>
    private static async Task<bool> CancelAtAsync(ContainerEngine engine, StressBed bed, string call, Checkpoints points, int place)
    {
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(StressBed.Token);
        try
        {
            if (call is "start" or "run")
            {
                points.Arm(place, source);
                if (call == "run")
                    await engine.Containers.RunAsync(bed.Spec("/true"), cancellationToken: source.Token);
                else
                    await (await engine.Containers.StartAsync(bed.Spec("/pause"), source.Token)).DisposeAsync();
                return points.Disarm();
            }

            await using Container container = await engine.Containers.StartAsync(bed.Spec("/pause"), StressBed.Token);
            points.Arm(place, source);
            if (call == "exec")
                await container.ExecAsync(["/true"], source.Token);
            else
                await container.StopAsync(TimeSpan.FromMilliseconds(1), source.Token);
            return points.Disarm();
        }
        catch (OperationCanceledException)
        {
            return points.Disarm();
        }
    }

    /// <summary>Calls something again and again, cancelling it at a moment before the limit; how often it was cancelled.</summary>
    private static async Task<int> RepeatAsync(int count, TimeSpan limit, Func<CancellationToken, Task> call)
    {
        Moments moments = Moments.Create();
        int cancelled = 0;
        for (int i = 0; i < count; i++)
        {
            using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(StressBed.Token);
            Task cancellation = moments.After(limit, source.CancelAsync);
            try
            {
                await call(source.Token);
            }
            catch (OperationCanceledException)
            {
                cancelled++;
            }

            await cancellation;
        }

        return cancelled;
    }
}
