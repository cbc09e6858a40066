namespace ContainerKit.Hosting;

/// <summary>How an application opens its engine. Read once, when it is opened.</summary>
public sealed class ContainerKitOptions
{
    /// <inheritdoc cref="EngineOptions.DataRoot"/>
    public string? DataRoot { get; set; }

    /// <inheritdoc cref="EngineOptions.PrepareContainers"/>
    public bool PrepareContainers { get; set; } = true;

    /// <inheritdoc cref="EngineOptions.StartContainers"/>
    public bool StartContainers { get; set; }

    /// <summary>How long containers have to end after their stop signal when the application ends, before they are killed. Default zero: they are killed at once.</summary>
    public TimeSpan ShutdownTimeout { get; set; }

    /// <summary>
    /// True: the engine is opened before the application's services start, so that an application that can't have one does not start either, and
    /// <see cref="ContainerEngine"/> can be injected. False: by the first <see cref="IContainerEngineProvider.GetAsync"/>. Default true.
    /// </summary>
    public bool OpenAtStart { get; set; } = true;

    /// <summary>
    /// Changes what the engine is opened with at last: registries with their credentials and mirrors, volume drivers. It gets the services, and the options as the
    /// other properties, the application's log and its clock make them.
    /// </summary>
    public Func<IServiceProvider, EngineOptions, EngineOptions>? Customize { get; set; }
}
