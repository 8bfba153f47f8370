#!/bin/bash
# First process inside a cluster's namespaces: lays out the mounts, then waits and reaps orphans until it is killed.
# Its death ends every process, mount and network interface of the cluster, because the namespaces die with it.
# Usage: init.sh STATE_DIR NODE_NAME (started by lib/node.sh, in new mount, pid, net, ipc and uts namespaces)
set -euo pipefail
STATE=$1
NODE=$2

# Programs find their default paths, but the content lies in the cluster's own folder.
bind() { mount --bind "$STATE/$1" "$2"; }

# The kubelet writes kernel settings of the whole machine; it shall find the values that it wants and write none.
# The list is that of the kubelet's --protect-kernel-defaults.
shield_kernel_settings() {
  local pair file
  mkdir -p "$STATE/kernel"
  for pair in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
    file=/proc/sys/${pair%=*}
    [[ -e $file ]] || continue
    printf '%s\n' "${pair#*=}" >"$STATE/kernel/${pair//[\/=]/-}"
    mount --bind "$STATE/kernel/${pair//[\/=]/-}" "$file"
  done
}

# The node asks nobody for names: an image that is not there fails at once, and not after the time limits of a name server
# that the node cannot reach.
forget_name_servers() {
  [[ -f /etc/resolv.conf ]] || return 0
  printf '# names outside the cluster are not resolved\n' >"$STATE/resolv.conf"
  mount --bind "$STATE/resolv.conf" /etc/resolv.conf
}

mount --make-rshared /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/containerd /run/lock
bind containerd /var/lib/containerd
bind kubelet /var/lib/kubelet
bind cni /var/lib/cni
bind log/pods /var/log/pods
bind log/containers /var/log/containers
shield_kernel_settings
forget_name_servers
hostname "$NODE"
ip link set lo up
printf '1\n' >/proc/sys/net/ipv4/ip_forward
[[ ! -e /proc/sys/net/bridge/bridge-nf-call-iptables ]] || printf '1\n' >/proc/sys/net/bridge/bridge-nf-call-iptables
touch "$STATE/init.ready"

# bash reaps adopted orphans whenever it waits.
trap 'exit 0' TERM
while :; do
  sleep 3600 &
  wait $! || true
done
