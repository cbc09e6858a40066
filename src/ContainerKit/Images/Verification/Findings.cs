namespace ContainerKit.Images.Verification;

/// <summary>What is found, and then what is done about it.</summary>
internal sealed class Findings
{
    private readonly List<Finding> _all = [];

    public int Images { get; set; }

    public int Blobs { get; set; }

    public long BytesRead { get; set; }

    public int Layers { get; set; }

    public int Containers { get; set; }

    public IReadOnlyList<Finding> All => _all;

    /// <summary>Adds a problem, unless it is known.</summary>
    /// <param name="kind">What is wrong.</param>
    /// <param name="path">Where.</param>
    /// <param name="description">What is wrong, for people.</param>
    /// <param name="subject">What it is about, for whoever repairs it: kind and subject make it unique.</param>
    public Finding Add(VerificationProblemKind kind, string path, string description, string? subject = null)
    {
        if (Find(kind, subject ?? path) is { } known)
            return known;
        var finding = new Finding(kind, path, description, subject ?? path);
        _all.Add(finding);
        return finding;
    }

    public Finding? Find(VerificationProblemKind kind, string subject) => _all.Find(finding => finding.Kind == kind && finding.Subject == subject);

    public IEnumerable<Finding> Of(VerificationProblemKind kind) => _all.Where(finding => finding.Kind == kind).ToList();

    public VerificationReport ToReport() => new()
    {
        Problems = [.. _all.Select(finding => new VerificationProblem(finding.Kind, finding.Path, finding.Description, finding.Repair))],
        Images = Images,
        Blobs = Blobs,
        BytesRead = BytesRead,
        Layers = Layers,
        Containers = Containers,
    };

    /// <summary>A problem.</summary>
    internal sealed record Finding(VerificationProblemKind Kind, string Path, string Description, string Subject)
    {
        /// <summary>What was done about it.</summary>
        public string? Repair { get; set; }
    }
}
