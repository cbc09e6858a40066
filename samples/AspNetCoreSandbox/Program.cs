using AspNetCoreSandbox;
using ContainerKit;
using ContainerKit.Hosting;

// A web application that runs what strangers send: `curl --data 'echo hello' http://localhost:5000/run`.
const int LongestScript = 64 * 1024;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.ConfigureKestrel(o => o.Limits.MaxRequestBodySize = LongestScript);
builder.Services.AddContainerKit(builder.Configuration.GetSection("ContainerKit"));
builder.Services.AddSingleton<Sandbox>().AddHostedService(services => services.GetRequiredService<Sandbox>());
builder.Services.AddHealthChecks().AddContainerKit();

await using WebApplication app = builder.Build();
app.MapHealthChecks("/health");
app.MapGet("/", (Sandbox sandbox) => sandbox.HasLimits ? "POST a script to /run.\n" : "POST a script to /run. Memory and processes are not limited here.\n");
app.MapPost("/run", async (HttpRequest request, Sandbox sandbox, CancellationToken cancellationToken) =>
{
    using var reader = new StreamReader(request.Body);
    string script = await reader.ReadToEndAsync(cancellationToken);
    return script.Contains('\0', StringComparison.Ordinal)
        ? Results.BadRequest("A script is text.")
        : Results.Json(await sandbox.RunAsync(script, cancellationToken));
});
try
{
    await app.RunAsync();
    return 0;
}
catch (UnsupportedException e)
{
    Console.Error.WriteLine($"{e.Message} To run without limits of memory and processes nevertheless: --AllowWithoutLimits=true");
    return 1;
}
