using ContainerKit.DockerApi.Streams;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ContainerKit.DockerApi;

/// <summary>What a listener of Kestrel needs for the Docker API.</summary>
public static class DockerApiListenOptionsExtensions
{
    /// <summary>
    /// Lets the Docker API take connections over for <c>attach</c> and <c>exec</c>, with half-closed input. Needed on every listener of an application
    /// that uses <see cref="DockerApiRouteBuilderExtensions.MapDockerApi"/>, after <c>UseHttps</c>; <see cref="DockerApiServer"/> does it itself.
    /// Other requests on the listener are as before.
    /// </summary>
    /// <param name="options">The listener.</param>
    /// <returns><paramref name="options"/>.</returns>
    public static ListenOptions UseDockerStreams(this ListenOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.UseHijacking(isBare: false);
    }

    /// <summary>The same; <paramref name="isBare"/>: nothing that changes the bytes is between here and the socket.</summary>
    internal static ListenOptions UseHijacking(this ListenOptions options, bool isBare)
    {
        ((IConnectionBuilder)options).Use(next => connection => HijackableConnection.RunAsync(connection, next, isBare));
        return options;
    }
}
