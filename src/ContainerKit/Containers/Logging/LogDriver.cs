namespace ContainerKit;

/// <summary>What becomes of a container's output, besides going to those who are attached.</summary>
public enum LogDriver
{
    /// <summary>A file in Docker's json-file format. The default.</summary>
    JsonFile,

    /// <summary>Nothing is kept; <see cref="Container.ReadLogsAsync"/> is an error.</summary>
    None,
}
