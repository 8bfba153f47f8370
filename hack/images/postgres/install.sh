#!/bin/bash
# Runs once, while the image is built: unpacks the server and installs the libraries that it links.
# The package itself is not installed: it brings Perl, an LLVM for a compiler that is switched off, and a cluster manager.
set -euo pipefail

readonly packages=(postgresql-15 postgresql-client-15)
readonly unwanted='postgresql|llvm|perl|ssl-cert|debconf|adduser|locales'

# libraries PACKAGE… prints the packages they depend on, the first of each alternative, without versions.
libraries() {
  apt-cache show --no-all-versions "$@" | sed -n 's/^\(Pre-\)\?Depends: //p' | tr ',' '\n' |
    sed -e 's/|.*//' -e 's/(.*//' -e 's/ //g' | sort -u | grep -vE "$unwanted"
}

install_libraries() {
  local -a needed
  mapfile -t needed < <(libraries "${packages[@]}")
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${needed[@]}" tzdata
}

unpack_server() {
  local downloads=/var/cache/postgres deb
  mkdir -m 0777 "$downloads"
  (cd "$downloads" && apt-get download -qq "${packages[@]}")
  for deb in "$downloads"/*.deb; do dpkg-deb -x "$deb" /; done
  rm -rf "$downloads" /usr/lib/postgresql/15/lib/bitcode /usr/lib/postgresql/15/lib/llvmjit* \
    /usr/share/doc/postgresql* /usr/share/man/* /usr/share/locale/*
}

apt-get update -qq
install_libraries
unpack_server
groupadd -r -g 999 postgres
useradd -r -u 999 -g 999 -d /var/lib/postgresql -s /bin/bash postgres
install -d -o 999 -g 999 -m 0700 /var/lib/postgresql/data
install -d -o 999 -g 999 -m 0775 /var/lib/postgresql /var/run/postgresql
ldconfig
rm -rf /opt/build-apt /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /tmp/* /usr/local/lib/postgres/install.sh
