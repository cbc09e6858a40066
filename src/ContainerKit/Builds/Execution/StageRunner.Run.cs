using System.Collections.Immutable;
using System.Text;
using ContainerKit.Builds.Cache;
using ContainerKit.Builds.Parsing;
using ContainerKit.Builds.Planning;
using ContainerKit.Oci;

namespace ContainerKit.Builds.Execution;

/// <content>RUN.</content>
internal sealed partial class StageRunner
{
    private static readonly string[] RunFlags = ["mount", "network", "security", "device"];

    private async Task<bool> RunCommandAsync(DockerfileInstruction instruction, CancellationToken cancellationToken)
    {
        WordExpander expander = Expander();
        List<RunMount> mounts = [.. instruction.Flags.Where(flag => flag.Name == "mount").Select(flag => RunMount.Parse(flag.Value ?? "", expander))];
        bool isInsecure = false;
        BuildNetwork network = _session.Spec.Network;
        foreach (DockerfileFlag flag in instruction.Flags)
        {
            switch (flag.Name, flag.Value)
            {
                case ("mount", _) or ("network", "default") or ("security", "sandbox"):
                    break;
                case ("network", "none"):
                    network = BuildNetwork.None;
                    break;
                case ("network", "host"):
                    network = BuildNetwork.Host;
                    break;
                case ("security", "insecure") when _session.Spec.AllowInsecure:
                    isInsecure = true;
                    break;
                case ("security", "insecure"):
                    throw new UnsupportedException("RUN --security=insecure gives every privilege and has to be allowed: set BuildSpec.AllowInsecure.");
                case ("device", _):
                    throw new UnsupportedException($"RUN --device={flag.Value} is not supported: there are no devices for builds.");
                case ("network" or "security", _):
                    throw File.Error(instruction, $"--{flag.Name}={flag.Value} is not allowed: expected {(flag.Name == "network" ? "default, none or host" : "sandbox or insecure")}.");
                default:
                    throw File.Error(instruction, $"RUN has no flag --{flag.Name}.{Spelling.Hint(flag.Name, RunFlags)}");
            }
        }
        (ImmutableArray<string> command, Heredoc? script) = CommandOf(instruction);
        var sources = new CopySources(_session);
        await using (sources.ConfigureAwait(false))
        {
            var resolved = new RunMounts(_session, _stage, _state, sources);
            string key = await KeyAsync(instruction, command, script, mounts, resolved, network, isInsecure, cancellationToken).ConfigureAwait(false);
            return await LayerAsync(key, $"RUN {string.Join(' ', command)}", MakeAsync, cancellationToken).ConfigureAwait(false);

            async Task<(Digest, Descriptor, long, string?)?> MakeAsync(CancellationToken token)
            {
                await using (resolved.ConfigureAwait(false))
                {
                    ContainerSpec Configure(ContainerSpec spec)
                    {
                        spec = CommandSettings.Apply(_session, spec with { Command = command, Privileged = isInsecure }, network);
                        foreach ((string name, string value) in _session.Arguments.GivenProxies.Concat(_state.CommandArguments))
                        {
                            spec = spec.WithEnvironment(name, value);
                        }
                        return resolved.Apply(spec);
                    }

                    await resolved.PrepareAsync(mounts, script, token).ConfigureAwait(false);
                    StepContainer container = await StepContainer.CreateAsync(_session, _state, Configure, token).ConfigureAwait(false);
                    await using (container.ConfigureAwait(false))
                    {
                        ExitStatus status = await container.RunAsync(new CommandOutput(_session, _step), token).ConfigureAwait(false);
                        if (!status.IsSuccess)
                        {
                            string message = $"The command '{string.Join(' ', command)}' returned a non-zero code: {status.ExitCode}";
                            throw new BuildException(message, File.Name, instruction.Line, 1, instruction.Text)
                            {
                                ExitCode = status.ExitCode,
                            };
                        }
                        if (resolved.Targets.Count > 0)
                        {
                            using StageFiles below = await _session.OpenFilesAsync(_state, token).ConfigureAwait(false);
                            await container.RemoveMountPointsAsync(resolved.Targets, below, token).ConfigureAwait(false);
                        }
                        (Digest diffId, Descriptor blob, long size) = await _session.AddLayerAsync(container.PackAsync, instruction.Text, token).ConfigureAwait(false);
                        return (diffId, blob, size, null);
                    }
                }
            }
        }
    }

    /// <summary>What is executed. A here-document that is all there is is a script, and with a first line of <c>#!</c> a program of its own.</summary>
    private (ImmutableArray<string> Command, Heredoc? Script) CommandOf(DockerfileInstruction instruction)
    {
        if (instruction.Json is { } exec)
        {
            return exec.Length > 0 ? (exec, null) : throw File.Error(instruction, "RUN needs a program: the array is empty.");
        }
        if (instruction.Heredocs is [var only] && HeredocMark.TryParse(instruction.Arguments.Trim(), File.Escape) is not null)
        {
            return only.Content.StartsWith("#!", StringComparison.Ordinal)
                ? ([RunMounts.ScriptPath(only)], only)
                : ([.. ShellOf(), only.Content], null);
        }
        var text = new StringBuilder(instruction.Arguments);
        foreach (Heredoc heredoc in instruction.Heredocs)
        {
            text.Append('\n').Append(heredoc.Content).Append(heredoc.Name);
        }
        if (instruction.Heredocs.Length > 0)
        {
            text.Append('\n');
        }
        return ([.. ShellOf(), text.ToString()], null);
    }

    /// <summary>Everything that can change what the command does; the values of secrets and proxies are meant not to.</summary>
    private async Task<string> KeyAsync(
        DockerfileInstruction instruction, ImmutableArray<string> command, Heredoc? script, List<RunMount> mounts, RunMounts resolved, BuildNetwork network, bool isInsecure,
        CancellationToken cancellationToken)
    {
        using CacheKey key = KeyOnFiles("run");
        key.AddAll([.. command]).Add(script?.Content).Add(_state.Config.User).Add(_state.Config.WorkingDir).Add(_state.Platform.ToString());
        key.AddAll([.. _state.Config.Env.Order(StringComparer.Ordinal)]);
        key.AddAll([.. _state.CommandArguments.Where(pair => !IsUndeclaredProxy(pair.Key)).Select(pair => $"{pair.Key}={pair.Value}")]);
        key.Add((long)network).Add(network == BuildNetwork.Default ? $"{_session.Spec.NetworkName}|{_session.Spec.NetworkContainer}" : "").AddAll([.. _session.Spec.ExtraHosts]).Add(isInsecure ? 1 : 0).Add(mounts.Count);
        foreach (RunMount mount in mounts)
        {
            key.Add(mount.ToString()).Add(await resolved.DigestAsync(mount, cancellationToken).ConfigureAwait(false));
        }
        return key.Finish();
    }

    private static bool IsUndeclaredProxy(string name) => BuildArguments.Proxies.Contains(name);
}
