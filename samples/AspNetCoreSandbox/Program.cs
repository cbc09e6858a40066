using AspNetCoreSandbox;
using ContainerKit;

// A web application that runs what strangers send: `curl --data 'echo hello' http://localhost:5000/run`.
const int LongestScript = 64 * 1024;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.ConfigureKestrel(o => o.Limits.MaxRequestBodySize = LongestScript);
Sandbox sandbox;
try
{
    sandbox = await Sandbox.OpenAsync(allowWithoutLimits: builder.Configuration.GetValue("AllowWithoutLimits", false));
}
catch (UnsupportedException e)
{
    Console.Error.WriteLine($"{e.Message} To run without limits of memory and processes nevertheless: --AllowWithoutLimits=true");
    return 1;
}

await using (sandbox)
await using (WebApplication app = builder.Build())
{
    app.MapGet("/", () => sandbox.HasLimits ? "POST a script to /run.\n" : "POST a script to /run. Memory and processes are not limited here.\n");
    app.MapPost("/run", async (HttpRequest request, CancellationToken cancellationToken) =>
    {
        using var reader = new StreamReader(request.Body);
        string script = await reader.ReadToEndAsync(cancellationToken);
        return script.Contains('\0', StringComparison.Ordinal)
            ? Results.BadRequest("A script is text.")
            : Results.Json(await sandbox.RunAsync(script, cancellationToken));
    });
    await app.RunAsync();
}

return 0;
