using System.Collections.Frozen;

namespace ContainerKit.Builds.Parsing;

/// <summary>The instructions there are and their forms.</summary>
internal static class InstructionSyntax
{
    public static FrozenSet<string> Keywords { get; } = FrozenSet.Create(
        StringComparer.Ordinal,
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL",
        "STOPSIGNAL", "USER", "VOLUME", "WORKDIR");

    public static bool HasJsonForm(string keyword) => keyword is "RUN" or "CMD" or "ENTRYPOINT" or "SHELL" or "ADD" or "COPY" or "VOLUME";

    public static bool MayBeEmpty(string keyword) => keyword is "CMD" or "ENTRYPOINT";
}
