using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ContainerKit.Hosting;

/// <summary>Adds engines to the services of an application.</summary>
public static class ContainerKitServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="ContainerEngine"/> and <see cref="IContainerEngineProvider"/>: one engine, which is opened before the application's services start and
    /// closed when they have stopped. Calling it again changes the options of that engine.
    /// </summary>
    /// <param name="services">The application's.</param>
    /// <param name="configure">Changes how it is opened; null for the defaults.</param>
    public static IServiceCollection AddContainerKit(this IServiceCollection services, Action<ContainerKitOptions>? configure = null)
        => Add(services, key: null, configure);

    /// <summary>As <see cref="AddContainerKit(IServiceCollection, Action{ContainerKitOptions}?)"/>, with settings of the configuration.</summary>
    /// <param name="services">The application's.</param>
    /// <param name="section">
    /// A section that may have <c>DataRoot</c>, <c>PrepareContainers</c>, <c>StartContainers</c>, <c>OpenAtStart</c> and <c>ShutdownTimeout</c>
    /// (<c>00:00:10</c>). Other keys are errors.
    /// </param>
    /// <param name="configure">Changes what the section says; null for nothing.</param>
    public static IServiceCollection AddContainerKit(this IServiceCollection services, IConfiguration section, Action<ContainerKitOptions>? configure = null)
        => AddKeyedContainerKit(services, null, section, configure);

    /// <summary>Adds a further engine, on a data root of its own for instance, as keyed services: <c>[FromKeyedServices("builds")] ContainerEngine engine</c>.</summary>
    /// <param name="services">The application's.</param>
    /// <param name="key">The key of its services, and the name of its options.</param>
    /// <param name="configure">Changes how it is opened; null for the defaults.</param>
    public static IServiceCollection AddKeyedContainerKit(this IServiceCollection services, string key, Action<ContainerKitOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return Add(services, key, configure);
    }

    /// <summary>As <see cref="AddKeyedContainerKit(IServiceCollection, string, Action{ContainerKitOptions}?)"/>, with settings of the configuration.</summary>
    /// <param name="services">The application's.</param>
    /// <param name="key">The key of its services; null or empty: as <see cref="AddContainerKit(IServiceCollection, IConfiguration, Action{ContainerKitOptions}?)"/>.</param>
    /// <param name="section">As there.</param>
    /// <param name="configure">Changes what the section says; null for nothing.</param>
    public static IServiceCollection AddKeyedContainerKit(this IServiceCollection services, string? key, IConfiguration section, Action<ContainerKitOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        return Add(services, key is "" ? null : key, options =>
        {
            SettingsReader.Read(section, options);
            configure?.Invoke(options);
        });
    }

    private static IServiceCollection Add(IServiceCollection services, string? key, Action<ContainerKitOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions();
        if (configure is not null)
            services.Configure(key ?? Options.DefaultName, configure);
        if (services.Any(each => each.ServiceType == typeof(ContainerEngineProvider) && Equals(each.ServiceKey, key)))
            return services;
        if (key is null)
        {
            services.AddSingleton(provider => new ContainerEngineProvider(provider, OptionsOf(provider, null)));
            services.TryAddSingleton<IContainerEngineProvider>(static provider => provider.GetRequiredService<ContainerEngineProvider>());
            services.TryAddSingleton(static provider => provider.GetRequiredService<ContainerEngineProvider>().Opened);
            services.AddSingleton<IHostedService>(static provider => new EngineLifetime(provider.GetRequiredService<ContainerEngineProvider>(), OptionsOf(provider, null)));
            return services;
        }

        services.AddKeyedSingleton(key, (provider, _) => new ContainerEngineProvider(provider, OptionsOf(provider, key)));
        services.TryAddKeyedSingleton<IContainerEngineProvider>(key, static (provider, own) => provider.GetRequiredKeyedService<ContainerEngineProvider>(own));
        services.TryAddKeyedSingleton(key, static (provider, own) => provider.GetRequiredKeyedService<ContainerEngineProvider>(own).Opened);
        services.AddSingleton<IHostedService>(provider => new EngineLifetime(provider.GetRequiredKeyedService<ContainerEngineProvider>(key), OptionsOf(provider, key)));
        return services;
    }

    private static ContainerKitOptions OptionsOf(IServiceProvider provider, string? key)
        => provider.GetRequiredService<IOptionsMonitor<ContainerKitOptions>>().Get(key ?? Options.DefaultName);
}
