# shellcheck shell=bash
# Where apt reads packages: the mirror of this machine while an image is built, Debian's own address in what is left.

readonly suite=bookworm
readonly debian=http://deb.debian.org/debian debian_security=http://deb.debian.org/debian-security

# mirror_of SUITE DEFAULT prints the address from which apt reads the suite; on a machine without it, the default.
mirror_of() {
  local site=''
  if command -v apt-get >/dev/null; then
    site=$(apt-get indextargets --format "\$(CODENAME) \$(SITE)" 'Created-By: Packages' 2>/dev/null |
      awk -v suite="$1" '$1 == suite { print $2; exit }')
  fi
  printf '%s' "${site:-$2}"
}

# apt_sources MAIN SECURITY prints a sources.list.
apt_sources() {
  cat <<END
deb $1 $suite main
deb $1 $suite-updates main
deb $2 $suite-security main
END
}

# write_build_apt DIRECTORY AT writes what an image's installation reads by APT_CONFIG=AT/apt.conf, and removes at its end.
# A mirror may be a snapshot, whose lists say that they are out of date.
write_build_apt() {
  mkdir "$1"
  apt_sources "$(mirror_of "$suite" "$debian")" "$(mirror_of "$suite-security" "$debian_security")" >"$1/sources.list"
  cat >"$1/apt.conf" <<END
Dir::Etc::sourcelist "$2/sources.list";
Acquire::Check-Valid-Until "false";
END
}
