#!/bin/bash
# Runs a test project in a virtual machine whose only cgroup hierarchy is version 2, with all controllers.
# See usage() for how; "tests/vm/README.md" for why.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: tests/vm/run.sh [options] <TestProject> [xunit options]

  <TestProject>     a directory below tests/, such as ContainerKit.Linux.Tests; built first unless --no-build
  [xunit options]   passed on, such as: -class "*.Cgroups.*"   -method "*.Frozen_*"   -trait- Category=Slow

  --user            as an ordinary user (id 1000, with /etc/subuid)
  --delegation KIND of the user's cgroup: "manager" (default: the whole user@1000.service, as in a desktop's terminal), "all" (the same with
                    every controller: Delegate=cpu cpuset io memory pids in a drop-in of user@.service), "unit" (only the
                    cgroup of the tests: systemd-run --uid=1000 -p Delegate=yes), "none" (an ssh session)
  --packages "a b"  further Debian packages of this machine that the tests need
  --memory MIB      memory of the machine (2048)
  --disk MIB        size of the disk that holds /tmp and the tests (4096, sparse)
  --timeout SECONDS of the whole run (900)
  --network         user-mode network with a way out
  --configuration C Debug or Release (Debug)
  --no-build        use what is built

Exit status: that of the tests; 124 after the timeout; 125 when the machine did not get as far as running them.
CK_VM_ACCEL=kvm is faster where KVM works; nested KVM often hangs, so the default is tcg.
Needs: qemu-system-x86_64, busybox-static, e2fsprogs, kmod, and a kernel: the newest in /boot (CK_VM_KERNEL=version picks one), or else Debian's
cloud kernel, which is downloaded and unpacked into the cache.
TEXT
}

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
as_user=0 delegation=manager packages="" memory=2048 disk=4096 limit=900 network=0 configuration=Debug build=1
while [[ ${1:-} == --* ]]; do
    case $1 in
        --user) as_user=1 ;;
        --delegation) delegation=$2; shift ;;
        --packages) packages=$2; shift ;;
        --memory) memory=$2; shift ;;
        --disk) disk=$2; shift ;;
        --timeout) limit=$2; shift ;;
        --network) network=1 ;;
        --configuration) configuration=$2; shift ;;
        --no-build) build=0 ;;
        --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
[[ $# -ge 1 ]] || { usage >&2; exit 2; }
project=$1
shift

fail() { echo "tests/vm: $*" >&2; exit 125; }
for tool in qemu-system-x86_64 mke2fs busybox dotnet modprobe; do
    command -v "$tool" > /dev/null || PATH=$PATH:/usr/sbin:/sbin command -v "$tool" > /dev/null || fail "$tool is not installed"
done
PATH=$PATH:/usr/sbin:/sbin
found=$("$here/find-kernel.sh") || fail "there is no kernel: install linux-image-cloud-amd64"
kernel_root=${found% *} kernel=${found##* }

work=$(mktemp -d "${TMPDIR:-/tmp}/ck-vm-XXXXXX")
trap 'rm -rf "$work"' EXIT

if [[ $build == 1 ]]; then
    dotnet build "$root/tests/$project" -c "$configuration" -v q --nologo >&2 || fail "$project does not build"
fi
output=$root/tests/$project/bin/$configuration/net10.0
[[ -f $output/$project.dll ]] || fail "$output/$project.dll does not exist"

base=$("$here/make-base-image.sh" "$kernel_root" "$kernel" $packages) || fail "the base image could not be made"
"$here/make-initramfs.sh" "$kernel_root" "$kernel" "$work/initramfs" || fail "the initramfs could not be made"

# The tests and their arguments are a second disk, which is also the scratch space: overlay mounts need a real file system below /tmp.
mkdir -p "$work/test/tmp"
cp -r "$output" "$work/test/bin"
chmod -R u+rwX,go+rX "$work/test/bin"
chmod 1777 "$work/test/tmp"

# Some tests read the sources (the approved API, the style rules); they look for them where they were compiled.
mkdir "$work/test/source"
tar -C "$root" --exclude=.git --exclude=bin --exclude=obj --exclude=artifacts -cf - . | tar -C "$work/test/source" -xf -
printf '%s\0' "$project.dll" "$@" > "$work/test/arguments"
printf 'as_user=%s\ndelegation=%s\nnetwork=%s\nsource=%q\n' "$as_user" "$delegation" "$network" "$root" > "$work/test/settings"
truncate -s "${disk}M" "$work/test.img"
mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=1,root_owner=0:0 -d "$work/test" "$work/test.img" || fail "mke2fs failed"

card=none
[[ $network == 1 ]] && card=user,model=virtio-net-pci
: > "$work/status"
set +e
timeout --foreground "$limit" qemu-system-x86_64 \
    -accel "${CK_VM_ACCEL:-tcg,thread=multi}" -cpu "${CK_VM_CPU:-max}" -smp 2 -m "$memory" -nodefaults -no-reboot -display none \
    -kernel "$kernel_root/boot/vmlinuz-$kernel" -initrd "$work/initramfs" \
    -append "console=ttyS0 quiet loglevel=1 panic=-1 cgroup_no_v1=all systemd.unified_cgroup_hierarchy=1" \
    -drive "file=$base,format=raw,if=virtio,snapshot=on" -drive "file=$work/test.img,format=raw,if=virtio,cache=unsafe" \
    -nic "$card" -serial stdio -serial "file:$work/status" -monitor none < /dev/null 2> "$work/qemu.log" | sed -u "s|\r$||"
result=${PIPESTATUS[0]}
set -e

if [[ $result == 124 ]]; then
    echo "tests/vm: not finished after $limit s" >&2
    exit 124
fi
status=$(tr -cd '0-9' < "$work/status")
[[ -n $status ]] || { cat "$work/qemu.log" >&2; fail "the machine stopped before the tests ended"; }
exit "$status"
