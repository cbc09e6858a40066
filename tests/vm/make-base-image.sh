#!/bin/bash
# usage: make-base-image.sh <kernel root> <kernel version> [package...]
# Makes an ext4 image of installed Debian packages, the .NET runtimes and the kernel's modules, all from this machine, and prints its path.
# It is kept between runs under a name that changes with everything that goes into it. Run as root, files keep their owners.
set -euo pipefail
kernel_root=$1 kernel=$2
shift 2

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/containerkit-vm
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
wanted=(base-files base-passwd bash ca-certificates coreutils dash findutils grep iproute2 iptables kmod libcap2-bin libgcc-s1 libssl3
    libstdc++6 mount procps sed tar uidmap util-linux zlib1g "$@")

packages=$(apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
    "${wanted[@]}" | grep -E '^[a-z0-9]' | sort -u)
installed=$(dpkg-query -W -f '${db:Status-Status} ${binary:Package} ${Version}\n' $packages 2> /dev/null | sed -n 's/^installed //p' || true)
key=$({ echo "$kernel" "$(id -u)" "$installed" "$(ls "$dotnet/shared"/*)"; cat "$here/make-base-image.sh" "$here/init.sh"; } | sha256sum | cut -c1-16)
image=$cache/base-$key.img
if [[ -f $image ]]; then
    touch "$image"
    echo "$image"
    exit 0
fi

echo "tests/vm: making $image" >&2
mkdir -p "$cache"
find "$cache" -name 'base-*' -mtime +7 -delete
stage=$(mktemp -d "$cache/stage-XXXXXX")
trap 'rm -rf "$stage" "$image.$$"' EXIT
mkdir -p "$stage"/usr/{bin,sbin,lib,lib64} "$stage"/{dev,proc,sys,run,tmp,mnt,test,root,home,var/tmp,etc}
for directory in bin sbin lib lib64; do
    ln -s "usr/$directory" "$stage/$directory"
done

# Symbolic links (alternatives, libraries made by ldconfig) that no package lists are taken from /etc/alternatives and made anew.
dpkg -L $(cut -d' ' -f1 <<< "$installed") \
    | grep -Ev '^/usr/share/(doc|man|locale|info|lintian|bug)/|^/\.$' | sort -u \
    | while read -r path; do [[ -L $path || ! -d $path ]] && [[ -e $path || -L $path ]] && echo "${path#/}"; done > "$stage.list" || true
tar -C / --no-recursion -cf - -T "$stage.list" 2> /dev/null | tar -C "$stage" --keep-directory-symlink -xpf -
rm -f "$stage.list"
cp -a /etc/alternatives /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.conf.d "$stage/etc/" 2> /dev/null || true
cp -a /etc/ld.so.conf /etc/ssl "$stage/etc/" 2> /dev/null || true
for name in iptables ip6tables; do
    [[ -L /usr/sbin/$name ]] && cp -a "/usr/sbin/$name" "$stage/usr/sbin/"
done
mkdir -p "$stage/usr/lib/modules" "$stage/usr/share/dotnet"
cp -r "$kernel_root/lib/modules/$kernel" "$stage/usr/lib/modules/"
rm -f "$stage/usr/lib/modules/$kernel"/{build,source}
cp -r "$dotnet/dotnet" "$dotnet/host" "$dotnet/shared" "$stage/usr/share/dotnet/"
ln -s ../share/dotnet/dotnet "$stage/usr/bin/dotnet"
install -m 755 "$here/init.sh" "$stage/usr/sbin/ck-vm-init"
ldconfig -r "$stage"
grep -q '^tester:' "$stage/etc/passwd" || {
    sed -i '/^[^:]*:[^:]*:1000:/d' "$stage/etc/passwd" "$stage/etc/group"
    echo 'tester:x:1000:1000::/home/tester:/bin/bash' >> "$stage/etc/passwd"
    echo 'tester:x:1000:' >> "$stage/etc/group"
}
echo 'tester:100000:65536' | tee "$stage/etc/subuid" > "$stage/etc/subgid"
echo ck-vm > "$stage/etc/hostname"
printf '127.0.0.1 localhost ck-vm\n::1 localhost\n' > "$stage/etc/hosts"
echo 'nameserver 10.0.2.3' > "$stage/etc/resolv.conf"
chmod 1777 "$stage/tmp" "$stage/var/tmp"

size=$(($(du -sm "$stage" | cut -f1) * 5 / 4 + 256))
truncate -s "${size}M" "$image.$$"
mke2fs -q -t ext4 -O ^has_journal -E root_owner=0:0 -d "$stage" "$image.$$"
mv "$image.$$" "$image"
echo "$image"
