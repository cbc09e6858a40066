namespace ContainerKit.TestSupport.Registry;

/// <summary>A request as a test server saw it.</summary>
public sealed record TestRequest(string Method, string Path, string Query, string? Authorization, string? Range, string? Body = null)
{
    public override string ToString() => $"{Method} {Path}{Query}";
}
