using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Netlink;
using Xunit;

namespace ContainerKit.Linux.Tests.Netlink;

/// <summary>A network namespace of a test's own; it lives as long as its sockets.</summary>
internal sealed partial class ScratchNetwork : IDisposable
{
    private const int CLONE_NEWNET = 0x40000000;

    private ScratchNetwork(NamespaceFd descriptor, RouteSocket routes, FilterSocket filters)
    {
        Descriptor = descriptor;
        Routes = routes;
        Filters = filters;
    }

    internal NamespaceFd Descriptor { get; }

    internal RouteSocket Routes { get; }

    internal FilterSocket Filters { get; }

    /// <summary>Makes one, or skips the test where that is not allowed.</summary>
    internal static ScratchNetwork Create()
    {
        ScratchNetwork? made = null;
        Exception? failure = null;
        int error = 0;

        // A thread that ends in the foreign namespace, so no other test ever runs in it.
        Thread thread = new(() =>
        {
            try
            {
                if (unshare(CLONE_NEWNET) < 0)
                {
                    error = Marshal.GetLastPInvokeError();
                    return;
                }

                made = new ScratchNetwork(NamespaceFd.Open("/proc/thread-self/ns/net"), RouteSocket.Open(), FilterSocket.Open());
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        Assert.SkipWhen(error != 0, "missing capability: CAP_SYS_ADMIN to make a network namespace");
        return made ?? throw new InvalidOperationException("No namespace was made.", failure);
    }

    public void Dispose()
    {
        Routes.Dispose();
        Filters.Dispose();
        Descriptor.Dispose();
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);
}
