using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.Streams;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Routing;

public sealed class RoutingTests
{
    [Theory]
    [InlineData("/images/registry.local:5000/a/b:tag/json", "registry.local:5000/a/b:tag")]
    [InlineData("/images/busybox/json", "busybox")]
    [InlineData("/images/json/json", "json")]
    public void Names_of_images_have_slashes(string path, string name)
    {
        var routes = new RouteTable();
        routes.Get("/images/json", _ => Task.CompletedTask);
        routes.Get("/images/{name+}/json", _ => Task.CompletedTask);

        Assert.Equal(name, routes.Match("GET", path)!.Values["name"]);
    }

    [Theory]
    [InlineData("GET", "/images")]
    [InlineData("POST", "/images/json")]
    [InlineData("GET", "/images//json/x")]
    [InlineData("GET", "/")]
    public void What_matches_no_route_is_none(string method, string path)
    {
        var routes = new RouteTable();
        routes.Get("/images/json", _ => Task.CompletedTask);
        routes.Get("/images/{name+}/json", _ => Task.CompletedTask);

        Assert.Null(routes.Match(method, path));
    }

    [Theory]
    [InlineData("{\"label\":{\"a=b\":true,\"c\":false}}", "label=a=b")]
    [InlineData("{\"label\":[\"a\",\"b\"],\"status\":[\"running\"]}", "label=a label=b status=running")]
    [InlineData("{}", "")]
    [InlineData("null", "")]
    [InlineData(null, "")]
    public void Filters_come_as_maps_or_lists(string? text, string expected) => Assert.Equal(expected, FilterText.Parse(text).ToString());

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"a\":1}")]
    [InlineData("{\"a\":[1]}")]
    [InlineData("{\"a\":[null]}")]
    public void Filters_that_are_none_are_refused(string text) => Assert.Equal(400, Assert.Throws<ApiException>(() => FilterText.Parse(text)).StatusCode);

    [Theory]
    [InlineData("", false)]
    [InlineData("0", false)]
    [InlineData("no", false)]
    [InlineData("False", false)]
    [InlineData("none", false)]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("anything", true)]
    public void Booleans_are_Dockers(string text, bool expected) => Assert.Equal(expected, Query(("a", text)).Flag("a"));

    [Fact]
    public void Parameter_that_nobody_asked_for_is_an_error()
    {
        ApiQuery query = Query(("all", "1"), ("unkown", "1"), ("empty", ""));
        query.Flag("all");

        Assert.Contains("unkown", Assert.Throws<ApiException>(query.Complete).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1700000000", "2023-11-14T22:13:20.000000000Z")]
    [InlineData("1700000000.5", "2023-11-14T22:13:20.500000000Z")]
    [InlineData("1700000000.123456789", "2023-11-14T22:13:20.123456700Z")]
    [InlineData("2023-11-14T22:13:20Z", "2023-11-14T22:13:20.000000000Z")]
    [InlineData("0", "0001-01-01T00:00:00Z")]
    public void Times_are_seconds_or_texts(string text, string expected) => Assert.Equal(expected, DockerTime.Format(DockerTime.Parse("since", text)));

    [Theory]
    [InlineData("99999999999999")]
    [InlineData("x")]
    [InlineData("1.x")]
    public void Times_that_are_none_are_refused(string text) => Assert.Throws<ApiException>(() => DockerTime.Parse("since", text));

    [Theory]
    [InlineData("ctrl-p,ctrl-q", "ab\u0010\u0011", "ab", true)]
    [InlineData(null, "a\u0010b\u0010\u0010\u0011", "a\u0010b\u0010", true)]
    [InlineData("x", "abc", "abc", false)]
    [InlineData("ctrl-@,z", "\0z", "", true)]
    public void Detach_keys_are_held_back_until_they_are_known(string? keys, string typed, string passed, bool detached)
    {
        List<byte> output = [];

        Assert.Equal(detached, DetachKeys.Parse(keys).Filter(global::System.Text.Encoding.Latin1.GetBytes(typed), output));

        Assert.Equal(passed, global::System.Text.Encoding.Latin1.GetString([.. output]));
    }

    [Theory]
    [InlineData(0.2, "Less than a second")]
    [InlineData(1, "1 second")]
    [InlineData(59, "59 seconds")]
    [InlineData(60, "About a minute")]
    [InlineData(150, "2 minutes")]
    [InlineData(3600, "About an hour")]
    [InlineData(7300, "2 hours")]
    [InlineData(3 * 86400, "3 days")]
    [InlineData(21 * 86400, "3 weeks")]
    [InlineData(100 * 86400, "3 months")]
    [InlineData(800 * 86400, "2 years")]
    public void Durations_are_in_Dockers_words(double seconds, string expected) => Assert.Equal(expected, DockerApi.Containers.StatusText.Duration(TimeSpan.FromSeconds(seconds)));

    private static ApiQuery Query(params (string Name, string Value)[] values)
        => new(new QueryCollection(values.ToDictionary(pair => pair.Name, pair => new Microsoft.Extensions.Primitives.StringValues(pair.Value))));
}
