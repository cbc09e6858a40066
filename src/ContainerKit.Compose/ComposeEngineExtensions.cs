namespace ContainerKit.Compose;

/// <summary>Compose at an engine.</summary>
public static class ComposeEngineExtensions
{
    extension(ContainerEngine engine)
    {
        /// <summary>Compose projects: <c>await engine.Compose.LoadAsync("compose.yaml")</c>.</summary>
        public ComposeOperations Compose => new(engine);
    }
}
