using System.ComponentModel;
using System.Text;
using ContainerKit.Storage.Ownership;

// Git is the host's by design: protocols, keys and credential helpers are those that the user has set up.
#pragma warning disable RS0030
using System.Diagnostics;

namespace ContainerKit.Builds.Contexts;

/// <summary>Fetches what a <see cref="GitLocation"/> names, by the git of this machine.</summary>
internal static class GitCheckout
{
    private const int MaxOutput = 16 * 1024;

    /// <summary>What a repository says must not be executed here, and nobody is there to be asked for a password.</summary>
    private static readonly string[] s_safety =
    [
        "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.ext.allow=never", "-c", "protocol.file.allow=never",
        "-c", "advice.detachedHead=false", "-c", "gc.auto=0", "-c", "init.defaultBranch=main",
    ];

    /// <summary>Fetches into an empty directory.</summary>
    /// <param name="location">What.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="keepsGitDirectory">True: .git stays.</param>
    /// <param name="cancellationToken">Stops git.</param>
    /// <returns>The commit, 40 hex digits or more.</returns>
    /// <exception cref="NotFoundException">There is no such repository, branch, tag or commit.</exception>
    /// <exception cref="UnsupportedException">There is no git.</exception>
    public static async Task<string> FetchAsync(GitLocation location, string directory, bool keepsGitDirectory, CancellationToken cancellationToken)
    {
        string reference = location.Reference ?? "HEAD";
        await RequireAsync(location, directory, ["init", "--quiet"], cancellationToken).ConfigureAwait(false);
        await RequireAsync(location, directory, ["remote", "add", "origin", "--", location.Url], cancellationToken).ConfigureAwait(false);

        // Shallow where the server can do that and knows the name; a commit that no branch ends with needs everything.
        string commit = "FETCH_HEAD";
        if ((await RunAsync(directory, ["fetch", "--quiet", "--depth=1", "--", "origin", reference], cancellationToken).ConfigureAwait(false)).ExitCode != 0
            && (await RunAsync(directory, ["fetch", "--quiet", "--", "origin", reference], cancellationToken).ConfigureAwait(false)).ExitCode != 0)
        {
            await RequireAsync(location, directory, ["fetch", "--quiet", "--tags", "--", "origin", "+refs/heads/*:refs/remotes/origin/*"], cancellationToken).ConfigureAwait(false);
            commit = reference;
        }
        await RequireAsync(location, directory, ["checkout", "--quiet", "--force", "--detach", commit], cancellationToken).ConfigureAwait(false);
        if (File.Exists(Path.Combine(directory, ".gitmodules")))
        {
            await RequireAsync(location, directory, ["submodule", "--quiet", "update", "--init", "--recursive"], cancellationToken).ConfigureAwait(false);
        }
        string head = (await RequireAsync(location, directory, ["rev-parse", "HEAD"], cancellationToken).ConfigureAwait(false)).Trim();
        if (!keepsGitDirectory)
        {
            await RemoveGitAsync(directory, cancellationToken).ConfigureAwait(false);
        }
        return head;
    }

    private static async Task RemoveGitAsync(string directory, CancellationToken cancellationToken)
    {
        string git = Path.Combine(directory, ".git");
        if (Directory.Exists(git))
        {
            await OwnedTreeRemover.RemoveAsync(git, new SquashedOwnership(), cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<string> RequireAsync(GitLocation location, string directory, string[] arguments, CancellationToken cancellationToken)
    {
        (int exitCode, string output, string errors) = await RunAsync(directory, arguments, cancellationToken).ConfigureAwait(false);
        if (exitCode == 0)
        {
            return output;
        }
        string reason = errors.Replace(location.Url, location.ToString(), StringComparison.Ordinal).Trim();
        throw new NotFoundException($"git can't {arguments[0]} {location}: {(reason.Length > 0 ? reason : $"exit code {exitCode}")}");
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string directory, string[] arguments, CancellationToken cancellationToken)
    {
        using Process git = Start(directory, arguments);
        try
        {
            git.StandardInput.Close();
            Task<string> output = ReadAsync(git.StandardOutput, cancellationToken);
            Task<string> errors = ReadAsync(git.StandardError, cancellationToken);
            await Task.WhenAll(output, errors).ConfigureAwait(false);
            await git.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return (git.ExitCode, await output.ConfigureAwait(false), await errors.ConfigureAwait(false));
        }
        finally
        {
            if (!git.HasExited)
            {
                git.Kill(entireProcessTree: true);
            }
        }
    }

    private static Process Start(string directory, string[] arguments)
    {
        // The modes of files are part of what is built and must not depend on this process's umask.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "umask 022; exec git \"$@\"", "git", .. s_safety, "-C", directory, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_ASKPASS"] = "/bin/true";
        start.Environment["LC_ALL"] = "C";
        foreach (string name in (string[])["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"])
        {
            start.Environment.Remove(name);
        }
        if (!HasGit())
        {
            throw new UnsupportedException("A git repository can't be fetched: there is no git on this machine. Install it (Debian: git), or give a directory.");
        }
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new UnsupportedException("A git repository can't be fetched: /bin/sh, which starts git, can't be executed.", e);
        }
    }

    private static bool HasGit()
        => (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries).Any(path => File.Exists(Path.Combine(path, "git")));

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        char[] buffer = new char[4096];
        while (await reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            // What is beyond is read, since git must not block, and thrown away.
            text.Append(buffer, 0, Math.Min(read, MaxOutput - text.Length));
        }
        return text.ToString();
    }
}
