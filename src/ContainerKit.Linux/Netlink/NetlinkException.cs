namespace ContainerKit.Linux.Netlink;

/// <summary>A request that the kernel refused, with what the kernel says about it.</summary>
public sealed class NetlinkException : IOException
{
    internal NetlinkException(string request, Errno errno, string? explanation)
        : base(Describe(request, errno, explanation))
    {
        Request = request;
        Errno = errno;
        Explanation = explanation;
    }

    /// <summary>What was asked for: <c>add bridge ck-0123</c>.</summary>
    public string Request { get; }

    /// <summary>The error that the kernel returned.</summary>
    public Errno Errno { get; }

    /// <summary>The kernel's own words (extended acknowledgement); null where it said nothing.</summary>
    public string? Explanation { get; }

    private static string Describe(string request, Errno errno, string? explanation)
    {
        string message = new LinuxException(request, errno).Message;
        return string.IsNullOrEmpty(explanation) ? message : $"{message}: {explanation}";
    }
}
