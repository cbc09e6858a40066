namespace ContainerKit.Diagnostics;

/// <summary>
/// Names of tags: those of OpenTelemetry's semantic conventions (attributes of container, OCI, process, error, server) where there are such, and
/// <c>containerkit.</c> otherwise.
/// </summary>
internal static class TagNames
{
    internal const string ContainerId = "container.id";
    internal const string ContainerName = "container.name";
    internal const string RuntimeName = "container.runtime.name";
    internal const string ImageName = "container.image.name";
    internal const string ImageTags = "container.image.tags";
    internal const string ImageId = "container.image.id";
    internal const string ManifestDigest = "oci.manifest.digest";
    internal const string ServerAddress = "server.address";
    internal const string ProcessId = "process.pid";
    internal const string ExecutableName = "process.executable.name";
    internal const string ExitCode = "process.exit.code";
    internal const string ErrorType = "error.type";
    internal const string ExitKind = "containerkit.exit.kind";
    internal const string PullResult = "containerkit.pull.result";
    internal const string WaitStrategy = "containerkit.wait.strategy";
    internal const string ExecId = "containerkit.exec.id";
    internal const string IsPrepared = "containerkit.container.prepared";
    internal const string StepResult = "containerkit.build.step.result";
    internal const string StepStage = "containerkit.build.step.stage";
    internal const string StepText = "containerkit.build.step.text";
    internal const string StepLine = "containerkit.build.step.line";
}
