namespace ContainerKit;

/// <summary>The processes of a container as a table.</summary>
/// <param name="Titles">The titles of the columns, as ps prints them.</param>
/// <param name="Processes">A row for each process, in the order of their ids, with a text for each title. Ids are those of the host.</param>
public sealed record ContainerProcessList(IReadOnlyList<string> Titles, IReadOnlyList<IReadOnlyList<string>> Processes);
