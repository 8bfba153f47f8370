#!/usr/bin/env bash
# prepare.sh DIRECTORY: writes DIRECTORY/root.tar, a root filesystem of a few Debian packages without a shell.
# The packages are those of this machine's release, so that they fit binaries that are built on it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
source "$here/../../lib.sh"
# shellcheck source=hack/images/debian.sh
source "$here/../debian.sh"

readonly packages=(libc6 libgcc-s1 libssl3 zlib1g ca-certificates tzdata base-files)

# Keep of base-files only the release's name, of glibc no character sets and no debugging libraries.
trim() {
  local root=$1
  find "$root/usr/share/doc" -type f ! -name copyright -delete
  find "$root/usr/share/doc" -type l -delete
  rm -rf "$root"/usr/share/{man,info,locale,lintian,bug,base-files,common-licenses,i18n} "$root"/usr/sbin "$root"/sbin \
    "$root"/usr/bin "$root"/bin "$root"/usr/share/zoneinfo/{posix,right} "$root"/etc/{profile.d,update-motd.d,kernel,ca-certificates} \
    "$root"/etc/{motd,issue,issue.net,dpkg,skel,profile,opt,default,host.conf} "$root"/usr/lib/locale "$root"/usr/games "$root"/usr/src
  rm -rf "$root"/{boot,home,media,mnt,opt,root,srv} "$root"/var/{backups,cache,lib/misc,lib/pam,local,lock,log,mail,opt,run,spool,tmp}
  rm -rf "$root"/usr/lib/*/{gconv,audit,engines-3,ossl-modules} "$root"/lib/*/{gconv,audit}
  rm -f "$root"/lib/*/{libmemusage,libpcprofile,libc_malloc_debug,libBrokenLocale,libthread_db,libnsl,libmvec,libnss_hesiod,libnss_compat}*
  find "$root" -type d -empty -delete
}

# All authorities of Debian's bundle in one file, where OpenSSL and librdkafka look for it.
bundle_certificates() {
  local root=$1
  mkdir -p "$root/etc/ssl/certs" "$root/usr/lib/ssl"
  cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
  rm -rf "$root/usr/share/ca-certificates"
  ln -s /etc/ssl/certs "$root/usr/lib/ssl/certs"
  ln -s /etc/ssl/certs/ca-certificates.crt "$root/usr/lib/ssl/cert.pem"
}

add_accounts() {
  local root=$1
  mkdir -p "$root"/{etc,tmp,root,home/nonroot,usr/local/bin,usr/bin,proc,sys,dev,run,var/tmp}
  ln -s usr/bin "$root/bin"
  chmod 1777 "$root/tmp" "$root/var/tmp"
  chown 65532:65532 "$root/home/nonroot"
  chmod 0700 "$root/home/nonroot" "$root/root"
  cat >"$root/etc/passwd" <<'END'
root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
END
  printf 'root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n' >"$root/etc/group"
  printf 'hosts: files dns\npasswd: files\ngroup: files\n' >"$root/etc/nsswitch.conf"
}

main() {
  local work=${1:?usage: prepare.sh DIRECTORY} root
  root=$work/root
  mkdir -m 0755 "$root"
  unpack_packages "$root" "${packages[@]}"
  trim "$root"
  bundle_certificates "$root"
  add_accounts "$root"
  tar -C "$root" --numeric-owner --sort=name --mtime=@0 -cf "$work/root.tar" .
  rm -rf "$root"
}

main "$@"
