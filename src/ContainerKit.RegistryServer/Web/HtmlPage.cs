using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace ContainerKit.RegistryServer.Web;

/// <summary>
/// A page being written. Whatever comes from outside is written by <see cref="Text"/> and <see cref="Cell"/> and is encoded there; nothing is loaded, no script
/// runs.
/// </summary>
internal sealed class HtmlPage
{
    private const string Style = """
        :root{color-scheme:light dark}
        body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1c2733;background:#fff}
        a{color:#0b57a4}h1{font-size:1.5rem;margin:.5rem 0;overflow-wrap:anywhere}h2{font-size:1.15rem;margin-top:2rem}p{margin:.5rem 0;overflow-wrap:anywhere}
        table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid #d8dee5;vertical-align:top;overflow-wrap:anywhere}
        th{font-weight:600}th:last-child,td:last-child{padding-right:0}td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
        code,pre{font-family:ui-monospace,monospace;background:#eef2f6;border-radius:.2em}code{font-size:.8em;padding:.15em .35em}
        pre{font-size:.9em;padding:.7rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere;user-select:all}nav.pages a{display:inline-block;margin-right:1rem}
        @media(prefers-color-scheme:dark){body{color:#dde5ee;background:#12181f}a{color:#7cb8f5}th,td{border-color:#2c3947}code,pre{background:#1f2a35}}
        """;

    private readonly StringBuilder _text = new();

    internal HtmlPage(string title)
    {
        _text.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>");
        Text(title);
        _text.Append("</title><style>").Append(Style).Append("</style></head><body>\n");
    }

    /// <summary>Lets nothing but our own style take effect: of all that the page may load or run there is nothing.</summary>
    internal static string Policy { get; }
        = $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Markup that is written here in the source.</summary>
    internal HtmlPage Markup(string markup)
    {
        _text.Append(markup);
        return this;
    }

    internal HtmlPage Text(string text)
    {
        _text.Append(HtmlEncoder.Default.Encode(text));
        return this;
    }

    internal HtmlPage Code(string text) => Markup("<code>").Text(text).Markup("</code>");

    internal HtmlPage Cell(string text) => Markup("<td>").Text(text).Markup("</td>");

    internal HtmlPage Number(string text) => Markup("<td class=\"n\">").Text(text).Markup("</td>");

    /// <param name="address">A path of ours, whose parts are escaped.</param>
    /// <param name="text">What is shown.</param>
    internal HtmlPage Link(string address, string text) => Markup("<a href=\"").Text(address).Markup("\">").Text(text).Markup("</a>");

    internal byte[] ToBytes() => Encoding.UTF8.GetBytes(_text.ToString() + "</body></html>\n");
}
