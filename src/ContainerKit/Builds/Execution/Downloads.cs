using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ContainerKit.Builds.Cache;
using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Oci;

namespace ContainerKit.Builds.Execution;

/// <summary>
/// Files that ADD downloads. They are kept, and a server is asked for one again by what it said of it (ETag, Last-Modified; RFC 9110, 13.1);
/// one with a checksum is not asked for again at all.
/// </summary>
internal sealed class Downloads(HttpMessageInvoker client, BuildCache cache, FileHashes hashes, TimeProvider time)
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int BufferSize = 128 * 1024;
    private const int MaxRedirects = 10;

    /// <summary>How long a server may be silent.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>True for what ADD downloads.</summary>
    public static bool IsUrl(string source)
        => source.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || source.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>Gets a file, from the server or as it was kept.</summary>
    /// <param name="url">Where it is.</param>
    /// <param name="checksum">What its content has to be; null for anything.</param>
    /// <param name="path">Where it goes; does not exist.</param>
    /// <param name="spec">Limits the size, and says whether the cache may be used.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="ContentMismatchException">It has another checksum.</exception>
    /// <exception cref="InvalidContentException">It is too large.</exception>
    /// <exception cref="NotFoundException">The server does not give it.</exception>
    public async Task GetAsync(Uri url, Digest? checksum, string path, BuildSpec spec, CancellationToken cancellationToken)
    {
        string key = KeyOf(url);
        Kept? kept = spec.NoCache ? null : FindKept(key, path);
        if (kept is not null && checksum is not null && kept.Digest == checksum)
        {
            return;
        }
        using HttpResponseMessage response = await SendAsync(url, kept, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotModified && kept is not null)
        {
            Check(url, checksum, kept.Digest);
            return;
        }
        File.Delete(path);
        if (!response.IsSuccessStatusCode)
        {
            throw new NotFoundException($"The server answers {(int)response.StatusCode} for {Redact(url)}.");
        }
        Digest digest = await ReadAsync(response, url, checksum, path, spec.DownloadLimit, cancellationToken).ConfigureAwait(false);
        File.SetUnixFileMode(path, Mode);
        DateTimeOffset? modified = response.Content.Headers.LastModified;
        if (modified is not null)
        {
            File.SetLastWriteTimeUtc(path, modified.Value.UtcDateTime);
        }
        Keep(key, path, new Kept(digest, response.Headers.ETag?.ToString(), modified), Redact(url));
    }

    private static string KeyOf(Uri url)
    {
        using var key = new CacheKey("download");
        return key.Add(url.AbsoluteUri).Finish();
    }

    /// <summary>A URL without the secrets that it may have.</summary>
    private static string Redact(Uri url) => url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>Links what was kept to the path; null where nothing is, or it is not what it was.</summary>
    private Kept? FindKept(string key, string path)
    {
        if (Kept.Parse(cache.Find(key)?.Value) is not { } kept)
        {
            return null;
        }
        try
        {
            using RootedDirectory from = RootedDirectory.Open(cache.DownloadsDirectory);
            using RootedDirectory to = RootedDirectory.Open(Path.GetDirectoryName(path)!);
            byte[] name = Encoding.UTF8.GetBytes(Path.GetFileName(path));
            to.CreateHardLink(name, from, Encoding.UTF8.GetBytes(key));
            using var file = File.OpenHandle(path);
            if (Convert.ToHexStringLower(hashes.Get(file, RootedDirectory.GetStatus(file))) == kept.Digest.Hex)
            {
                return kept;
            }
            File.Delete(path);
            return null;
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.EMLINK)
        {
            return null;
        }
    }

    private void Keep(string key, string path, Kept kept, string text)
    {
        if (kept.Digest.Algorithm != Digest.Sha256)
        {
            return;
        }
        Directory.CreateDirectory(cache.DownloadsDirectory);
        string second = path + ".kept";
        using (RootedDirectory directory = RootedDirectory.Open(Path.GetDirectoryName(path)!))
        {
            directory.CreateHardLink(Encoding.UTF8.GetBytes(Path.GetFileName(second)), directory, Encoding.UTF8.GetBytes(Path.GetFileName(path)));
        }
        File.Move(second, Path.Combine(cache.DownloadsDirectory, key), overwrite: true);
        cache.Store(key, new CachedStep(null, new FileInfo(path).Length, 0, time.GetUtcNow(), text, kept.ToString()));
    }

    /// <summary>Asks, and follows where the server points to: never from https to http, and the conditions hold for the last one.</summary>
    private async Task<HttpResponseMessage> SendAsync(Uri url, Kept? kept, CancellationToken cancellationToken)
    {
        Uri current = url;
        for (int i = 0; ; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, current);
            kept?.AddConditions(request.Headers);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Patience);
            HttpResponseMessage response;
            try
            {
                response = await client.SendAsync(request, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"The server did not answer within {Patience.TotalMinutes} minutes for {Redact(current)}.");
            }
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location)
            {
                return response;
            }
            response.Dispose();
            Uri next = new(current, location);
            if (next.Scheme is not ("http" or "https") || (current.Scheme == "https" && next.Scheme == "http"))
            {
                throw new NotFoundException($"The server points from {Redact(current)} to {next.Scheme}, which is not followed.");
            }
            current = i < MaxRedirects ? next : throw new NotFoundException($"The server points to another place again and again for {Redact(url)}.");
        }
    }

    private static async Task<Digest> ReadAsync(HttpResponseMessage response, Uri url, Digest? checksum, string path, ByteSize limit, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength is { } announced && announced > limit.Bytes)
        {
            throw TooLarge(url, limit);
        }
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var hasher = new DigestHasher(checksum?.Algorithm ?? Digest.Sha256);
        Stream content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            FileStream file = File.Create(path);
            await using (file.ConfigureAwait(false))
            {
                byte[] buffer = new byte[BufferSize];
                while (true)
                {
                    patience.CancelAfter(Patience);
                    int read = await ReadPatientlyAsync(content, buffer, url, patience.Token, cancellationToken).ConfigureAwait(false);
                    if (read == 0)
                    {
                        break;
                    }
                    hasher.Append(buffer.AsSpan(0, read));
                    await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                    if (file.Length > limit.Bytes)
                    {
                        throw TooLarge(url, limit);
                    }
                }
            }
        }
        Digest actual = hasher.GetCurrentDigest();
        Check(url, checksum, actual);
        return actual;
    }

    private static async Task<int> ReadPatientlyAsync(Stream content, byte[] buffer, Uri url, CancellationToken patience, CancellationToken cancellationToken)
    {
        try
        {
            return await content.ReadAsync(buffer, patience).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The server sent nothing for {Patience.TotalMinutes} minutes for {Redact(url)}.");
        }
    }

    private static InvalidContentException TooLarge(Uri url, ByteSize limit) => new($"{Redact(url)} is larger than {limit}: raise BuildSpec.DownloadLimit to allow it.");

    private static void Check(Uri url, Digest? expected, Digest actual)
    {
        if (expected is { } wanted && wanted != actual)
        {
            throw new ContentMismatchException(Redact(url), wanted.ToString(), actual.ToString());
        }
    }

    /// <summary>What is known of a file that was kept: a line each.</summary>
    private sealed record Kept(Digest Digest, string? Tag, DateTimeOffset? Modified)
    {
        public static Kept? Parse(string? text)
            => text?.Split('\n') is [var digest, var tag, var modified] && Digest.TryParse(digest, out Digest parsed)
                ? new Kept(parsed, tag.Length == 0 ? null : tag, DateTimeOffset.TryParseExact(modified, "R", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null)
                : null;

        public void AddConditions(HttpRequestHeaders headers)
        {
            if (Tag is not null && EntityTagHeaderValue.TryParse(Tag, out EntityTagHeaderValue? tag))
            {
                headers.IfNoneMatch.Add(tag);
            }
            headers.IfModifiedSince = Modified;
        }

        public override string ToString() => $"{Digest}\n{Tag}\n{Modified?.ToString("R", CultureInfo.InvariantCulture)}";
    }
}
