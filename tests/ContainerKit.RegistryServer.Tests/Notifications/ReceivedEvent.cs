namespace ContainerKit.RegistryServer.Tests.Notifications;

/// <summary>What has happened, to what; and the types of content and credentials that the event came with.</summary>
internal sealed record ReceivedEvent(string? Action, string? Repository, string? Tag, string? Digest, string Headers);
