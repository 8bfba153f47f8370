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

# trim ROOT keeps of base-files only the release's name, of glibc no character sets and no debugging libraries.
# Everything is relative to ROOT, so that no slip can reach the machine's own files.
trim() (
  cd "$1"
  find usr/share/doc \( -type f ! -name copyright -o -type l \) -delete
  rm -rf boot home media mnt opt root srv bin sbin usr/{bin,sbin,games,src,lib/locale}
  rm -rf usr/share/{man,info,locale,lintian,bug,base-files,common-licenses,i18n} usr/share/zoneinfo/{posix,right}
  rm -rf etc/{profile,profile.d,motd,update-motd.d,issue,issue.net,kernel,ca-certificates,dpkg,skel,opt,default,host.conf}
  rm -rf var/{backups,cache,local,lock,log,mail,opt,run,spool,tmp,lib/misc,lib/pam}
  rm -rf {usr/,}lib/*/{gconv,audit,engines-3,ossl-modules}
  rm -f lib/*/{libmemusage,libpcprofile,libc_malloc_debug,libBrokenLocale,libthread_db,libnsl,libmvec,libnss_hesiod,libnss_compat}*
  find . -type d -empty -delete
)

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
