namespace ContainerKit;

/// <summary>What was found in a data root. From <see cref="ContainerEngine.VerifyAsync"/>.</summary>
public sealed record VerificationReport
{
    /// <summary>What is, or before the repair was, wrong; empty for a data root that is consistent.</summary>
    public required IReadOnlyList<VerificationProblem> Problems { get; init; }

    /// <summary>How many entries of the list of images were followed.</summary>
    public required int Images { get; init; }

    /// <summary>How many blobs were checked.</summary>
    public required int Blobs { get; init; }

    /// <summary>How many bytes of them were read.</summary>
    public required long BytesRead { get; init; }

    /// <summary>How many unpacked layers were checked.</summary>
    public required int Layers { get; init; }

    /// <summary>How many containers were checked.</summary>
    public required int Containers { get; init; }

    /// <summary>True when nothing was wrong.</summary>
    public bool IsClean => Problems.Count == 0;
}
