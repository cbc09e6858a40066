using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>
/// The packages of a C compiler with what they need, as a flat repository that apt reads. They are downloaded by a build of their own, once a
/// machine, by root, and kept where ordinary users' tests find them.
/// </summary>
internal static class DebianPackages
{
    private const string Cache = "/var/cache/containerkit-tests";

    // The number is to be raised with the list of packages.
    private const string Name = "packages-gcc-1";

    private const string Download = """
        FROM debian:test AS download
        RUN --network=host apt-get update && apt-get install -y --no-install-recommends --download-only gcc libc6-dev
        RUN <<'END'
        set -e
        mkdir /packages
        cp /var/cache/apt/archives/*.deb /packages
        cd /packages
        for file in *.deb; do
          dpkg-deb -f "$file"
          echo "Filename: ./$file"
          echo "Size: $(stat -c %s "$file")"
          echo "SHA256: $(sha256sum "$file" | cut -d' ' -f1)"
          echo
        done > Packages
        END
        FROM scratch
        COPY --from=download /packages /
        """;

    /// <summary>The directory; the test is skipped where it can't be had.</summary>
    internal static async Task<string> RequireAsync(DebianFixture bed, CancellationToken cancellationToken)
    {
        _ = bed.Spec("true");
        string path = Path.Combine(Cache, Name);
        if (File.Exists(Path.Combine(path, "Packages")))
        {
            return path;
        }
        Assert.SkipUnless(Environment.IsPrivilegedProcess, $"missing capability: {path}, which these tests make when root runs them");
        string work = Directory.CreateDirectory(Path.Combine(Cache, "making-" + Guid.NewGuid().ToString("n"))).FullName;
        try
        {
            string made = Path.Combine(work, Name);
            try
            {
                await bed.Engine.Images.BuildAsync(BuildSpec.FromDockerfile(Download).WithOutput(BuildOutput.Files(made)), cancellationToken: cancellationToken);
            }
            catch (BuildException e) when (e.ExitCode is not null)
            {
                Assert.Skip($"missing capability: the packages of a C compiler from a Debian mirror ({e.Message})");
            }
            foreach (string file in Directory.EnumerateFiles(made))
            {
                File.SetUnixFileMode(file, (UnixFileMode)Convert.ToInt32("644", 8));
            }
            File.SetUnixFileMode(made, (UnixFileMode)Convert.ToInt32("755", 8));

            // Whoever looks for it finds all of it or none.
            if (!Directory.Exists(path))
            {
                Directory.Move(made, path);
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
        return path;
    }
}
