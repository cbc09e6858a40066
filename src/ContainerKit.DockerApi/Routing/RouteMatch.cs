namespace ContainerKit.DockerApi.Routing;

/// <summary>A handler and the values of its route.</summary>
internal sealed record RouteMatch(Func<ApiRequest, Task> Handler, IReadOnlyDictionary<string, string> Values, bool Hijacks);
