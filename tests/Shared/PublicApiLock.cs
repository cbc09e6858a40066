using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit;

namespace ContainerKit.TestSupport;

/// <summary>
/// Compares a package's public surface with <c>PublicApi.approved.txt</c> beside the calling test. A difference is written to
/// <c>PublicApi.received.txt</c>; running the tests with <c>CONTAINERKIT_APPROVE=1</c> makes the present surface the approved one.
/// </summary>
internal static class PublicApiLock
{
    private const string ApproveVariable = "CONTAINERKIT_APPROVE";

    public static void Verify(Assembly package, [CallerFilePath] string testFile = "")
    {
        string folder = Path.GetDirectoryName(testFile)!;
        string approvedPath = Path.Combine(folder, "PublicApi.approved.txt");
        string receivedPath = Path.Combine(folder, "PublicApi.received.txt");
        string received = PublicApiText.Render(package);
        if (Environment.GetEnvironmentVariable(ApproveVariable) == "1")
        {
            File.WriteAllText(approvedPath, received);
            File.Delete(receivedPath);
            return;
        }

        string approved = File.Exists(approvedPath) ? File.ReadAllText(approvedPath).ReplaceLineEndings("\n") : "";
        if (received == approved)
        {
            return;
        }

        string written = TryWrite(receivedPath, received) ? $" The whole of it is in {receivedPath}." : "";
        Assert.Fail($"The public API of {package.GetName().Name} is not the approved one.{written} "
            + $"If the change is meant, run the test with {ApproveVariable}=1 and commit {approvedPath}.\n{Difference(approved, received)}");
    }

    /// <summary>The lines that were removed and added, each with the type that it belongs to.</summary>
    public static string Difference(string approved, string received)
    {
        List<string> before = Qualify(approved);
        List<string> after = Qualify(received);
        return string.Join('\n', before.Except(after).Select(line => "- " + line).Concat(after.Except(before).Select(line => "+ " + line)));
    }

    private static List<string> Qualify(string text)
    {
        List<string> lines = [];
        string type = "";
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            bool isMember = line.StartsWith(' ');
            type = isMember ? type : line;
            lines.Add(isMember ? $"{type}\n      {line.Trim()}" : line);
        }

        return lines;
    }

    // The sources may belong to another user than the one who runs the tests; the message alone then has to do.
    private static bool TryWrite(string path, string text)
    {
        try
        {
            File.WriteAllText(path, text);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
