namespace ContainerKit.Builds.Parsing;

/// <summary>A here-document of an instruction.</summary>
/// <param name="Name">The word that ends it, without quotes.</param>
/// <param name="Content">Its lines, each with its newline; tabs are stripped already where <paramref name="StripsTabs"/>.</param>
/// <param name="StripsTabs">True for <c>&lt;&lt;-</c>.</param>
/// <param name="Expands">False: the word was quoted, and variables mean nothing in it.</param>
/// <param name="FileDescriptor">The number before <c>&lt;&lt;</c>; null for none.</param>
internal sealed record Heredoc(string Name, string Content, bool StripsTabs, bool Expands, int? FileDescriptor);
