namespace ContainerKit.Linux.Cgroups;

/// <summary>A limit was asked for that this host or this process's privileges can't enforce. Nothing was created.</summary>
/// <param name="message">What is missing and how to get it.</param>
public sealed class CgroupUnavailableException(string message) : NotSupportedException(message);
