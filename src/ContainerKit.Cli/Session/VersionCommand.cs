using System.Reflection;
using System.Runtime.InteropServices;
using ContainerKit.Cli.CommandLine;

namespace ContainerKit.Cli.Session;

/// <summary><c>ckit version</c>.</summary>
internal static class VersionCommand
{
    /// <summary>The version of the package, without the commit.</summary>
    public static string Version { get; } = (typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];

    public static Command Create(TextWriter output)
        => new("version", "Show the version of ckit and of what it runs on")
        {
            MaximumArguments = 0,
            Options = [new CommandOption("short", 'q', null, "The version alone")],
            Handler = async (invocation, _) =>
            {
                if (invocation.IsSet("short"))
                {
                    await output.WriteLineAsync(Version).ConfigureAwait(false);
                    return 0;
                }

                await output.WriteLineAsync($"""
                    ckit
                     Version:   {Version}
                     Runtime:   {RuntimeInformation.FrameworkDescription}
                     OS/Arch:   {RuntimeInformation.RuntimeIdentifier}
                     Kernel:    {Environment.OSVersion.Version}
                    """).ConfigureAwait(false);
                return 0;
            },
        };
}
