namespace ContainerKit.DockerApi.Routing;

/// <summary>
/// The routes of the API. Own, because names of images have unescaped slashes in the middle of a path: <c>/images/{name+}/json</c>, where <c>+</c>
/// takes one segment or more.
/// </summary>
internal sealed class RouteTable
{
    private readonly List<Route> _routes = [];

    internal void Get(string template, Func<ApiRequest, Task> handler) => Add("GET", template, handler);

    internal void Head(string template, Func<ApiRequest, Task> handler) => Add("HEAD", template, handler);

    internal void Post(string template, Func<ApiRequest, Task> handler) => Add("POST", template, handler);

    internal void Put(string template, Func<ApiRequest, Task> handler) => Add("PUT", template, handler);

    internal void Delete(string template, Func<ApiRequest, Task> handler) => Add("DELETE", template, handler);

    /// <summary>A route whose handler takes the connection over, <see cref="ApiRequest.HijackAsync"/>.</summary>
    internal void PostHijack(string template, Func<ApiRequest, Task> handler) => Add("POST", template, handler, hijacks: true);

    /// <summary>The same for a websocket.</summary>
    internal void GetHijack(string template, Func<ApiRequest, Task> handler) => Add("GET", template, handler, hijacks: true);

    /// <summary>Finds the handler of a path without its version prefix. Literal segments win over parameters by the order of registration.</summary>
    internal RouteMatch? Match(string method, string path)
    {
        string[] segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        foreach (Route route in _routes)
        {
            if (route.Method == method && route.TryMatch(segments) is { } values)
                return new RouteMatch(route.Handler, values, route.Hijacks);
        }

        return null;
    }

    /// <summary>Every route, as method and template.</summary>
    internal IEnumerable<(string Method, string Template)> Templates => _routes.Select(route => (route.Method, route.Template));

    private void Add(string method, string template, Func<ApiRequest, Task> handler, bool hijacks = false)
        => _routes.Add(new Route(method, template, template.Split('/', StringSplitOptions.RemoveEmptyEntries), handler, hijacks));

    private sealed record Route(string Method, string Template, string[] Segments, Func<ApiRequest, Task> Handler, bool Hijacks)
    {
        internal Dictionary<string, string>? TryMatch(string[] path)
        {
            Dictionary<string, string> values = new(StringComparer.Ordinal);
            int extra = path.Length - Segments.Length;
            if (extra < 0)
                return null;
            int at = 0;
            foreach (string segment in Segments)
            {
                int count = 1;
                if (segment is ['{', .. string name, '+', '}'])
                {
                    count += extra;
                    extra = 0;
                    values[name] = string.Join('/', path.AsSpan(at, count)!);
                }
                else if (segment is ['{', .. string single, '}'])
                {
                    values[single] = path[at];
                }
                else if (segment != path[at])
                {
                    return null;
                }

                at += count;
            }

            return extra == 0 ? values : null;
        }
    }
}
