using ContainerKit.Linux.Cgroups;
using Xunit;

namespace ContainerKit.Linux.Tests.Cgroups;

/// <summary>
/// Which cgroup of version 2 becomes the parent. A directory is delegated here when it has cgroup.subtree_control, so that these tests mean
/// the same as root, for whom every file is writable.
/// </summary>
public sealed class DelegationTests : IDisposable
{
    private readonly FakeCgroup _tree = new(CgroupVersion.V2);

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void The_root_is_used_where_it_is_writable()
    {
        Add("", delegated: true, processes: "1\n");
        Add("a", delegated: true, processes: "2\n");

        Assert.Equal("/containerkit", Find("a"));
    }

    [Fact]
    public void The_nearest_delegated_ancestor_without_processes_is_used()
    {
        Add("", delegated: false);
        Add("user", delegated: true);
        Add("user/app", delegated: true);
        Add("user/app/terminal", delegated: true, processes: "5\n");

        Assert.Equal("/user/app/containerkit", Find("user/app/terminal"));
    }

    [Fact]
    public void The_own_cgroup_is_used_where_nothing_above_it_is_delegated()
    {
        Add("", delegated: false);
        Add("unit", delegated: true, processes: "5\n");

        Assert.Equal("/unit/containerkit", Find("unit"));
    }

    [Fact]
    public void Nothing_delegated_is_a_reason_that_says_what_to_do()
    {
        Add("", delegated: false);
        Add("session", delegated: false);

        CgroupHierarchy hierarchy = new(_tree.Directory, _tree.Directory.Child("session"));
        Assert.Null(UnifiedParent.Find(hierarchy, new CgroupHostOptions(), out string? reason));
        Assert.Contains("systemd-run --user --scope -p Delegate=yes", reason, StringComparison.Ordinal);
        Assert.Contains("/session", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_absolute_parent_is_used_when_its_deepest_existing_part_is_delegated()
    {
        Add("", delegated: false);
        Add("ci", delegated: true);
        Add("other", delegated: false);

        Assert.Equal("/ci/x/y", Find("", "/ci/x/y"));
        Assert.Null(Find("", "/other/x"));
    }

    [Fact]
    public void A_controller_that_is_not_offered_is_unusable_with_a_reason()
    {
        Add("", delegated: true);
        _tree["cgroup.controllers"] = "memory pids\n";
        UnifiedParent parent = UnifiedParent.Find(new CgroupHierarchy(_tree.Directory, null), new CgroupHostOptions(), out _)!;

        Assert.Null(parent.WhyUnusable(CgroupController.Memory));
        Assert.Contains("(available: memory pids)", parent.WhyUnusable(CgroupController.Cpu), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("a/b")]
    [InlineData("/a/../b")]
    [InlineData("..")]
    public void A_parent_that_is_no_name_and_no_absolute_path_is_refused(string parent)
        => Assert.Contains(
            $"Parent \"{parent}\"",
            Assert.Throws<ArgumentException>(() => CgroupHost.Detect(new CgroupHostOptions { Parent = parent })).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("cgroup.procs")]
    [InlineData("-a")]
    public void An_id_that_could_be_another_path_is_refused(string id)
    {
        using CgroupHost host = CgroupHost.Detect();

        Assert.Contains("allowed:", Assert.Throws<ArgumentException>(() => host.Create(id, new CgroupSpec())).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => host.Open(id));
    }

    private void Add(string path, bool delegated, string processes = "")
    {
        _tree[Path.Combine(path, "cgroup.procs")] = processes;
        if (delegated)
            _tree[Path.Combine(path, "cgroup.subtree_control")] = "";
    }

    private string? Find(string own, string parent = "containerkit")
    {
        CgroupHierarchy hierarchy = new(_tree.Directory, own.Length == 0 ? _tree.Directory : _tree.Directory.Child(own));
        return UnifiedParent.Find(hierarchy, new CgroupHostOptions { Parent = parent }, out _)?.Directory.Path[_tree.Directory.Path.Length..];
    }
}
