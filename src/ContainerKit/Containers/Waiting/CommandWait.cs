using System.Globalization;

namespace ContainerKit.Containers.Waiting;

/// <summary>A command in the container ends with an exit code.</summary>
internal sealed record CommandWait(ExecSpec Command, int ExitCode) : WaitStrategy
{
    internal override string Describe()
        => string.Create(CultureInfo.InvariantCulture, $"the command '{string.Join(' ', Command.Command)}'{(ExitCode == 0 ? "" : $" to end with exit code {ExitCode}")}");

    internal override Task<WaitOutcome> RunAsync(WaitContext context, WaitProgress progress, CancellationToken cancellationToken)
    {
        return context.LookAsync(this, LookAsync, cancellationToken);

        async ValueTask<bool> LookAsync(CancellationToken token)
        {
            try
            {
                ExecResult result = await context.Container.ExecAsync(Command, token).ConfigureAwait(false);
                if (result.ExitCode == ExitCode)
                    return true;
                string output = (result.StandardError + result.StandardOutput).Trim();
                progress.NotYet(string.Create(CultureInfo.InvariantCulture, $"exit code {result.ExitCode}{(output.Length == 0 ? "" : ": " + output[..Math.Min(output.Length, 300)])}"));
            }
            catch (Exception e) when (e is InvalidStateException or ContainerStartException or IOException)
            {
                progress.NotYet(e.Message, e);
            }

            return false;
        }
    }
}
