#!/bin/bash
# Process 1 of the virtual machine: mounts what a running system has, runs the tests, reports their status on the second serial port.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 TERM=dumb
# Instrumented code pays off later than a run lasts, more so where the processor is emulated.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_TieredPGO=0

power_off() {
    echo "$1" > /dev/ttyS1
    sync
    echo o > /proc/sysrq-trigger
    while :; do sleep 1; done
}

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs -o mode=755,nosuid,nodev run /run
mkdir -p /dev/pts /dev/shm /dev/mqueue
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t mqueue mqueue /dev/mqueue
mount -t cgroup2 -o nsdelegate cgroup2 /sys/fs/cgroup
mount -t securityfs securityfs /sys/kernel/security
mount -t bpf bpf /sys/fs/bpf
mount --make-rshared /
ln -sf /proc/self/fd /dev/fd
echo ck-vm > /proc/sys/kernel/hostname
ip link set lo up
modprobe -a overlay veth bridge br_netfilter nf_tables nft_nat nft_chain_nat nft_masq nft_ct nft_compat xt_MASQUERADE tun loop fuse 2> /dev/null
sysctl -q -w net.ipv4.ip_forward=1 kernel.dmesg_restrict=0 2> /dev/null

. /test/settings
mapfile -d '' -t arguments < /test/arguments
mkdir -p "$source" /opt/test
mount --bind /test/source "$source"
mount --bind /test/bin /opt/test
mount --bind /test/tmp /tmp

# Seen once only, as on other machines: a view of this one has no second way to what is below /tmp.
umount /test
if [[ $network == 1 ]]; then
    modprobe virtio_net
    ip address add 10.0.2.15/24 dev eth0 2> /dev/null || ip address add 10.0.2.15/24 dev "$(ls /sys/class/net | grep -v lo | head -n 1)"
    for card in $(ls /sys/class/net | grep -v lo); do ip link set "$card" up; done
    ip route add default via 10.0.2.2
fi
cd /opt/test || power_off 125

if [[ $as_user == 0 ]]; then
    # As a service would be: not in the root cgroup, whose processes no controller sees.
    mkdir -p /sys/fs/cgroup/test.service
    (echo 0 > /sys/fs/cgroup/test.service/cgroup.procs && exec dotnet "${arguments[@]}") < /dev/null
    power_off $?
fi

# What systemd makes for an ordinary user: user@1000.service, with a scope of its user manager that the tests run in.
manager=/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service
scope=$manager/app.slice/tests.scope
mkdir -p "$scope" /home/tester /run/user/1000
chown 1000:1000 /home/tester /run/user/1000
for directory in /sys/fs/cgroup /sys/fs/cgroup/user.slice /sys/fs/cgroup/user.slice/user-1000.slice; do
    echo "+cpu +cpuset +io +memory +pids" > $directory/cgroup.subtree_control
done
given="+cpu +memory +pids"
case $delegation in
    all) given="+cpu +cpuset +io +memory +pids" delegated=("$manager" "$manager/app.slice" "$scope") ;;
    manager) delegated=("$manager" "$manager/app.slice" "$scope") ;;
    unit) delegated=("$scope") ;;
    *) delegated=() ;;
esac
echo "$given" > "$manager/cgroup.subtree_control"
[[ $delegation == unit ]] && echo "$given" > "$manager/app.slice/cgroup.subtree_control"
for directory in "${delegated[@]}"; do
    chown 1000:1000 "$directory" "$directory"/cgroup.{procs,subtree_control,threads}
done
(
    echo 0 > "$scope/cgroup.procs"
    export HOME=/home/tester USER=tester XDG_RUNTIME_DIR=/run/user/1000
    exec setpriv --reuid 1000 --regid 1000 --init-groups dotnet "${arguments[@]}"
) < /dev/null
power_off $?
