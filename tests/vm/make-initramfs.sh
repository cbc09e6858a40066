#!/bin/bash
# usage: make-initramfs.sh <kernel root> <kernel version> <file>
# Makes an initramfs of busybox and the modules that the disks need; it mounts the first disk and goes on there.
set -euo pipefail
kernel_root=$1 kernel=$2 file=$3
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage"/{bin,dev,proc,modules,root}
cp "$(command -v busybox)" "$stage/bin/busybox"

{
    echo '#!/bin/busybox sh'
    echo '/bin/busybox mount -t devtmpfs dev /dev'
    PATH=$PATH:/usr/sbin:/sbin
    for module in virtio_pci virtio_blk ext4; do
        modprobe --dirname "$kernel_root/" --set-version "$kernel" --show-depends "$module"
    done | while read -r kind path _; do
        [[ $kind == insmod ]] || continue
        name=$(basename "$path")
        [[ -f $stage/modules/$name ]] && continue
        cp "$path" "$stage/modules/$name"
        echo "/bin/busybox insmod /modules/$name"
    done
    cat <<'TEXT'
while [ ! -b /dev/vda ] || [ ! -b /dev/vdb ]; do /bin/busybox usleep 10000; done
/bin/busybox mount -t ext4 /dev/vda /root
/bin/busybox mount -t ext4 /dev/vdb /root/test
/bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root /usr/sbin/ck-vm-init
TEXT
} > "$stage/init"
chmod 755 "$stage/init"
(cd "$stage" && find . | busybox cpio -o -H newc 2> /dev/null) > "$file"
