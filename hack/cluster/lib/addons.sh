# shellcheck shell=bash
# What runs in the cluster from its start: DNS, metrics, and a default StorageClass.

readonly ADDON_IMAGES=(pause coredns metrics-server local-path-provisioner busybox)

# find_images sets ARCHIVES, and IMAGE_NAME for each image of the cluster itself, from the archives that hack/images builds.
find_images() {
  local name variable reference i
  mapfile -t ARCHIVES < <("$REPO_ROOT/hack/images/build.sh" "${ADDON_IMAGES[@]}")
  ((${#ARCHIVES[@]} == ${#ADDON_IMAGES[@]})) || die "failed to build the cluster's images"
  for i in "${!ADDON_IMAGES[@]}"; do
    name=${ADDON_IMAGES[i]}
    read -r reference _ < <(describe_archive "${ARCHIVES[i]}") || die "failed to read \"${ARCHIVES[i]}\""
    variable=${name//-/_}
    declare -g "IMAGE_${variable^^}=$reference"
  done
}

# apply_addons declares them; DNS is waited for, the others come up while the caller goes on.
apply_addons() {
  local addon
  for addon in coredns local-path-provisioner metrics-server; do
    render "addons/$addon.yaml" "$STATE/conf/addons/$addon.yaml"
  done
  kube apply --server-side --force-conflicts --field-manager=cluster.sh -f "$STATE/conf/addons" >"$LOG/addons.log" 2>&1 || {
    show_log addons
    die "failed to apply the addons"
  }
}

dns_is_ready() { [[ $(kube get deployment coredns -n kube-system -o 'jsonpath={.status.readyReplicas}') == 1 ]]; }

node_is_ready() {
  [[ $(kube get node "$NAME" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}') == True ]]
}
