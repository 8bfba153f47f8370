# shellcheck shell=bash
# Images of the node: OCI archives go straight into containerd, for there is no registry.

# images_of_node ARGUMENT… runs containerd's client in the namespace that Kubernetes uses.
images_of_node() { in_node ctr --namespace k8s.io "$@"; }

# load_images IMAGE… loads archives by path, or images of hack/images by name; what is there already is skipped.
load_images() {
  local image archive
  for image in "$@"; do
    archive=$image
    [[ -f $image ]] || archive=$("$REPO_ROOT/hack/images/build.sh" "$image") || die "failed to build image \"$image\""
    import_archive "$(realpath "$archive")"
  done
}

# import_archive FILE
import_archive() {
  local reference digest start
  read -r reference digest < <(describe_archive "$1") || die "failed to read \"$1\": not an OCI archive with one named image"
  if images_of_node images ls "name==$reference" | grep -qF " $digest "; then
    say "  $reference is loaded already"
    return
  fi
  start=$(now_ms)
  images_of_node images import "$1" >>"$LOG/images.log" 2>&1 || { show_log images && die "failed to load \"$1\""; }
  say "$(printf '  %-50s %6s s' "loaded $reference" "$(seconds_since "$start")")"
}

# describe_archive FILE prints the name and the manifest's digest from the archive's index.
describe_archive() {
  tar --extract --to-stdout --file "$1" index.json | python3 -c '
import json, sys
(manifest,) = json.load(sys.stdin)["manifests"]
print(manifest["annotations"]["org.opencontainers.image.ref.name"], manifest["digest"])'
}

# clear_containers makes containerd forget the containers of an earlier life, but keep the images.
clear_containers() {
  local ids
  mapfile -t ids < <(images_of_node containers ls --quiet)
  ((${#ids[@]} == 0)) || images_of_node containers rm "${ids[@]}" >>"$LOG/images.log" 2>&1 || true
}
