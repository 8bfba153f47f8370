# shellcheck shell=bash
# What a machine needs before anything is built. Expects hack/lib.sh.

# Programs that compile, and headers for librdkafka.
readonly BUILD_PACKAGES=(ca-certificates curl g++ gcc git libc6-dev libssl-dev make openssl pkg-config python3 python3-pip zlib1g-dev)
# Images and the cluster's node install their own; these here would be installed by two of them at once.
readonly IMAGE_PACKAGES=(buildah debian-archive-keyring debootstrap)

# need_toolchains ends the script when a language is missing, with the way to get it.
need_toolchains() {
  need_command cargo "install Rust from https://rustup.rs (as root: sudo -E env \"PATH=\$PATH\" keeps yours)"
  need_command go "install Go from https://go.dev/dl (as root: sudo -E env \"PATH=\$PATH\" keeps yours)"
}

# need_machine checks all of it, and installs Debian packages when it is root.
need_machine() {
  need_toolchains
  need_debian "${BUILD_PACKAGES[@]}" "${IMAGE_PACKAGES[@]}"
  command -v mvn >/dev/null || need_debian maven openjdk-17-jdk-headless
}
