namespace ContainerKit.IntegrationTests.Programs;

/// <summary>
/// The root file system of a Debian with a few servers, made by debootstrap from the machine's mirror. It takes minutes, so it is made once a machine,
/// by root, and kept where ordinary users' tests find it.
/// </summary>
internal static class DebianArchive
{
    private const string Suite = "bookworm";
    private const string Cache = "/var/cache/containerkit-tests";
    private const string Packages = "redis-server,postgresql,nginx-light,python3,perl,iputils-ping,libcap2-bin";
    private const string Mirror = "http://deb.debian.org/debian";

    // The number is to be raised with the list of packages.
    private const string FileName = $"debian-{Suite}-2.tar";

    /// <summary>The archive's path; or null, with what is missing.</summary>
    internal static async Task<(string? Path, string Missing)> GetAsync(CancellationToken cancellationToken)
    {
        string path = System.IO.Path.Combine(Cache, FileName);
        if (File.Exists(path))
        {
            return (path, "");
        }

        if (!Environment.IsPrivilegedProcess)
        {
            return (null, $"{path}, which these tests make when root runs them");
        }

        if (Capability.Find("debootstrap") is not string debootstrap)
        {
            return (null, "debootstrap (package debootstrap)");
        }

        string mirror = FindMirror();
        if (!await IsReachableAsync(mirror, cancellationToken))
        {
            return (null, $"the Debian mirror {mirror}");
        }

        await MakeAsync(debootstrap, mirror, path, cancellationToken);
        return (path, "");
    }

    private static async Task MakeAsync(string debootstrap, string mirror, string path, CancellationToken cancellationToken)
    {
        string work = Directory.CreateDirectory(System.IO.Path.Combine(Cache, "making-" + Guid.NewGuid().ToString("n"))).FullName;
        try
        {
            string root = System.IO.Path.Combine(work, "root");
            await Capability.RunAsync(debootstrap, ["--variant=minbase", "--include=" + Packages, Suite, root, mirror], cancellationToken);
            foreach (string downloads in (string[])["var/cache/apt/archives", "var/lib/apt/lists"])
            {
                Directory.Delete(System.IO.Path.Combine(root, downloads), recursive: true);
            }

            string archive = System.IO.Path.Combine(work, FileName);
            await Capability.RunAsync(
                "tar", ["-C", root, "--numeric-owner", "--one-file-system", "--xattrs", "--xattrs-include=*", "-cf", archive, "."], cancellationToken);

            // Whoever looks for it finds all of it or none.
            File.Move(archive, path, overwrite: true);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>The first mirror of the suite that apt is told of, sources.list(5) in both formats; Debian's own when there is none.</summary>
    private static string FindMirror()
    {
        string[] files = Directory.Exists("/etc/apt/sources.list.d") ? Directory.GetFiles("/etc/apt/sources.list.d") : [];
        foreach (string file in files.Append("/etc/apt/sources.list").Where(File.Exists))
        {
            foreach (string stanza in File.ReadAllText(file).Split("\n\n"))
            {
                string[] lines = stanza.Split('\n');
                string? suites = Array.Find(lines, line => line.StartsWith("Suites:", StringComparison.Ordinal));
                string? uris = Array.Find(lines, line => line.StartsWith("URIs:", StringComparison.Ordinal));
                if (suites?.Split(' ').Contains(Suite) == true && uris is not null)
                {
                    return uris["URIs:".Length..].Trim().Split(' ')[0];
                }

                string[]? words = lines.Select(line => line.Split(' ')).FirstOrDefault(w => w[0] == "deb" && w.Contains(Suite));
                if (words is not null)
                {
                    return words[Array.IndexOf(words, Suite) - 1];
                }
            }
        }

        return Mirror;
    }

    private static async Task<bool> IsReachableAsync(string mirror, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        try
        {
            using HttpResponseMessage response = await client.GetAsync($"{mirror.TrimEnd('/')}/dists/{Suite}/Release", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
