#!/bin/bash
# usage: find-kernel.sh
# Prints a directory that has boot/vmlinuz-VERSION and lib/modules/VERSION, and the version: the machine's own newest kernel, or else the newest
# cloud kernel of its Debian, unpacked into the cache. Unpacked and not installed: its installation would make an initial ramdisk and boot entries
# of a machine that is to keep its kernel, or has none because it is a container.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
cache=${XDG_CACHE_HOME:-$HOME/.cache}/containerkit-vm

newest() { { cd "$1/boot" && ls vmlinuz-*; } 2> /dev/null | sort -V | tail -n 1 | cut -d- -f2- || true; }

for root in "${CK_VM_KERNEL_ROOT-/}" "$cache/kernel"; do
    version=${CK_VM_KERNEL:-$(newest "$root")}
    if [[ -n $version && -r $root/boot/vmlinuz-$version && -r $root/lib/modules/$version/modules.dep ]]; then
        echo "${root%/} $version"
        exit 0
    fi
done

meta=linux-image-cloud-$(dpkg --print-architecture)
package=$(apt-cache depends "$meta" 2> /dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9]\)/\1/p' | head -n 1)
[[ -n $package ]] || { echo "tests/vm: no kernel in /boot, and no package $meta" >&2; exit 1; }
mkdir -p "$cache"
stage=$(mktemp -d "$cache/stage-XXXXXX")
trap 'rm -rf "$stage"' EXIT
echo "tests/vm: unpacking $package" >&2
(cd "$stage" && apt-get download -qq "$package" >&2 && dpkg-deb -x "$package"_*.deb root)
version=$(newest "$stage/root")
depmod -b "$stage/root" "$version"
rm -rf "$cache/kernel"
mv "$stage/root" "$cache/kernel"
echo "$cache/kernel $version"
