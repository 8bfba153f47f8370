# shellcheck shell=bash
# The node: namespaces that hold every process, mount and interface of one cluster, the link to the host, and cgroups.

readonly NODE_PACKAGES=(containerd runc containernetworking-plugins iptables conntrack iproute2 procps util-linux
  socat openssl curl python3 ca-certificates)

# Folders that init.sh mounts over. The last cluster that goes down removes those that the first one made.
readonly MADE_FOLDERS=/run/todoplatform/made-folders
# For each cluster of this machine its first process and the state folder of its checkout: names are unique among all checkouts.
readonly OWNERS=/run/todoplatform/owners
readonly MOUNT_POINTS=(/var/lib/containerd /var/lib/kubelet /var/lib/cni /var/log/pods /var/log/containers)

# in_node COMMAND… runs a command inside the cluster's namespaces.
in_node() { nsenter --target "$(pid_of node)" --mount --pid --net --ipc --uts -- "$@"; }

# guard_owner ends the script when a cluster of this name lives that another checkout started. It changes nothing.
guard_owner() {
  local pid start owner
  read -r pid start owner < <(cat "$OWNERS/$NAME" 2>/dev/null) || return 0
  [[ $owner != "$STATE" && $(pid_of node) != "$pid" ]] || return 0
  [[ -n $start && $(started_at "$pid") == "$start" ]] || return 0
  die "cluster \"$NAME\" runs from another checkout, ${owner%/.cluster/*} (pid $pid):" \
    "choose another --name, or end it by hack/cluster/cluster.sh down --name $NAME over there"
}

# record_owner notes whose this cluster is, for other checkouts; stop_node removes the note.
record_owner() {
  local pid=$1
  mkdir -p "$OWNERS"
  printf '%s %s %s\n' "$pid" "$(started_at "$pid")" "$STATE" >"$OWNERS/.$NAME"
  mv "$OWNERS/.$NAME" "$OWNERS/$NAME"
}

# start_node makes the namespaces, unless they live, and links them to the host.
start_node() {
  ! running node || return 0
  [[ ! -e /sys/class/net/$LINK ]] || die "cluster \"$NAME\" already runs from another checkout: choose another --name"
  modprobe -aq overlay br_netfilter nf_nat veth 2>/dev/null || true
  mkdir -p "$STATE"/{pid,containerd,kubelet,cni,etcd,volumes,conf,log/pods,log/containers}
  make_mount_points
  make_cgroups
  start_namespaces
  link_node
}

make_mount_points() {
  local dir
  mkdir -p "$(dirname "$MADE_FOLDERS")"
  for dir in "${MOUNT_POINTS[@]}"; do
    [[ -d $dir ]] || { mkdir -p "$dir" && printf '%s\n' "$dir" >>"$MADE_FOLDERS"; }
  done
}

start_namespaces() {
  local outer inner
  rm -f "$STATE/init.ready"
  setsid unshare --mount --propagation slave --pid --fork --kill-child --mount-proc --net --ipc --uts -- \
    "$CLUSTER_DIR/init.sh" "$STATE" "$NAME" >"$LOG/node.log" 2>&1 </dev/null 9>&- &
  outer=$!
  disown
  wait_until 10 test -e "$STATE/init.ready" || { show_log node && die "failed to make the node's namespaces"; }
  inner=$(pgrep -P "$outer" -f init.sh) || die "failed to find the node's first process"
  record_pid node "$inner"
  record_owner "$inner"
}

# link_node joins the node to the host by a pair of interfaces and routes pods and Services through it.
link_node() {
  local pid
  pid=$(pid_of node)
  ip link add "$LINK" type veth peer name eth0 netns "$pid"
  ip addr add "$HOST_IP/30" dev "$LINK"
  ip link set "$LINK" up
  in_node ip addr add "$NODE_IP/30" dev eth0
  in_node ip link set eth0 up
  in_node ip route add default via "$HOST_IP"
  ip route add "$PREFIX.0.0/16" via "$NODE_IP"
  ip route add "$SERVICE_CIDR" via "$NODE_IP"
}

# cgroup_folders prints this cluster's folder in each cgroup hierarchy (one for v2, one per controller for v1).
cgroup_folders() {
  local dir
  if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
    printf '%s\n' "/sys/fs/cgroup/$NODE_CGROUP"
    return
  fi
  for dir in /sys/fs/cgroup/*/; do
    [[ -L ${dir%/} || ! -e ${dir}cgroup.procs ]] || printf '%s\n' "$dir$NODE_CGROUP"
  done
}

make_cgroups() {
  local dir file
  [[ ! -e /sys/fs/cgroup/cgroup.controllers ]] || enable_controllers
  while read -r dir; do
    mkdir -p "$dir"
    for file in cpuset.cpus cpuset.mems; do
      [[ ! -e $dir/cgroup.clone_children || ! -e $dir/$file ]] || cat "$dir/../$file" >"$dir/$file"
    done
  done < <(cgroup_folders)
}

# enable_controllers makes the controllers that the kubelet asks for usable below the root of cgroup v2.
enable_controllers() {
  local controller
  for controller in $(</sys/fs/cgroup/cgroup.controllers); do
    case $controller in
      cpu | cpuset | memory | pids | hugetlb | io)
        printf '+%s\n' "$controller" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || true
        ;;
    esac
  done
}

remove_cgroups() {
  local dir
  while read -r dir; do
    wait_until 10 remove_cgroup "$dir" || say "warning: $dir is still in use"
  done < <(cgroup_folders)
}

remove_cgroup() {
  [[ ! -d $1 ]] || find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
  [[ ! -d $1 ]]
}

# stop_node ends every process of the cluster and removes what the host got. It keeps the state folder.
stop_node() {
  end_process node
  wait_until 10 link_is_gone || ip link del "$LINK" 2>/dev/null || true
  remove_cgroups
  rm -f "$OWNERS/$NAME"
  remove_mount_points
}

link_is_gone() { [[ ! -e /sys/class/net/$LINK ]]; }

# remove_mount_points leaves the folders to another cluster that still runs: Linux would unmount them there.
remove_mount_points() {
  local dir
  ! compgen -G '/sys/class/net/tp-*' >/dev/null || return 0
  if [[ -e $MADE_FOLDERS ]]; then
    while read -r dir; do rmdir "$dir" 2>/dev/null || true; done <"$MADE_FOLDERS"
  fi
  rm -f "$MADE_FOLDERS"
  rmdir "$OWNERS" "$(dirname "$OWNERS")" 2>/dev/null || true
}

# forget_state empties the state folder but for the image store, which the next `up` uses again, and the last logs.
forget_state() {
  rm -rf "$STATE"/{pid,kubelet,cni,etcd,volumes,conf,pki,kernel,network,revision,init.ready,kubeconfig,log/pods,log/containers}
}
