using System.Globalization;
using ContainerKit.Cli.CommandLine;
using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.Cli.Containers;

/// <summary><c>--restart on-failure:3</c>.</summary>
internal static class RestartFlag
{
    public static RestartPolicyBody? Read(CommandInvocation invocation)
    {
        if (invocation.Value("restart") is not string text)
            return null;
        string[] parts = text.Split(':', 2);
        int count = 0;
        bool isValid = parts[0] is "no" or "always" or "unless-stopped" or "on-failure" && (parts.Length == 1 || int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count));
        return isValid ? new RestartPolicyBody(parts[0], count) : throw invocation.Invalid("restart", text, "no, always, unless-stopped or on-failure[:N] is wanted");
    }
}
