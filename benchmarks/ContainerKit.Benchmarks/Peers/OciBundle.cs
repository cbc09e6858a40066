using System.Text.Json;

namespace ContainerKit.Benchmarks.Peers;

/// <summary>
/// Writes the config.json of a bundle (OCI runtime specification, config.md) with what Docker gives a container by
/// default: capabilities, mounts, masked paths, device rules, namespaces. Left out, to the runtime's advantage: the
/// seccomp filter, the overlay mount (its root is the plain directory), the cgroup mount and the log.
/// </summary>
internal static class OciBundle
{
    private const string Capabilities = """
        "CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FSETID","CAP_FOWNER","CAP_MKNOD","CAP_NET_RAW","CAP_SETGID","CAP_SETUID",
        "CAP_SETFCAP","CAP_SETPCAP","CAP_NET_BIND_SERVICE","CAP_SYS_CHROOT","CAP_KILL","CAP_AUDIT_WRITE"
        """;

    /// <summary>Creates the bundle directory's config.json.</summary>
    /// <param name="directory">The bundle, which exists.</param>
    /// <param name="rootfs">Absolute path of the root file system.</param>
    /// <param name="cgroup">Absolute cgroup path.</param>
    /// <param name="command">The command of the container.</param>
    public static void Write(string directory, string rootfs, string cgroup, params IReadOnlyList<string> command)
        => File.WriteAllText(Path.Combine(directory, "config.json"), $$"""
            {
              "ociVersion": "1.0.2",
              "process": {
                "terminal": false,
                "user": { "uid": 0, "gid": 0 },
                "args": [{{string.Join(',', command.Select(Quote))}}],
                "env": ["PATH=/bin"],
                "cwd": "/",
                "capabilities": {
                  "bounding": [{{Capabilities}}],
                  "effective": [{{Capabilities}}],
                  "permitted": [{{Capabilities}}]
                }
              },
              "root": { "path": {{Quote(rootfs)}}, "readonly": false },
              "hostname": "bench",
              "mounts": [
                { "destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"] },
                { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"] },
                { "destination": "/dev/pts", "type": "devpts", "source": "devpts",
                  "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
                { "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"] },
                { "destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=67108864"] },
                { "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"] }
              ],
              "linux": {
                "cgroupsPath": {{Quote(cgroup)}},
                "resources": {
                  "devices": [
                    { "allow": false, "access": "rwm" },
                    { "allow": true, "type": "c", "major": 1, "minor": 3, "access": "rwm" },
                    { "allow": true, "type": "c", "major": 1, "minor": 5, "access": "rwm" },
                    { "allow": true, "type": "c", "major": 1, "minor": 7, "access": "rwm" },
                    { "allow": true, "type": "c", "major": 1, "minor": 8, "access": "rwm" },
                    { "allow": true, "type": "c", "major": 1, "minor": 9, "access": "rwm" },
                    { "allow": true, "type": "c", "major": 5, "minor": 0, "access": "rwm" },
                    { "allow": true, "type": "c", "major": 5, "minor": 1, "access": "rwm" }
                  ]
                },
                "namespaces": [
                  { "type": "mount" }, { "type": "network" }, { "type": "uts" }, { "type": "pid" }, { "type": "ipc" }
                ],
                "maskedPaths": [
                  "/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                  "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"
                ],
                "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
              }
            }
            """);

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
