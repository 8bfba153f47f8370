# shellcheck shell=bash
# Python programs that tests and benchmarks compare with. Source it after hack/lib.sh; it runs nothing.

# python_packages NAME prints the bin folder of a virtual environment that holds hack/python/NAME.txt. It is made once per
# content of that file, in the user's cache.
python_packages() {
  local list="$REPO_ROOT/hack/python/$1.txt" dir
  dir="$(cache_dir python)/$1-$(key_of "$list")"
  if [[ ! -e $dir/done ]]; then
    say "installing Python packages: $1"
    rm -rf "$dir"
    # python3 -m venv needs the Debian package python3-venv only where Python itself is Debian's.
    python3 -c 'import ensurepip' 2>/dev/null || need_debian python3-venv
    python3 -m venv "$dir" >&2
    "$dir/bin/pip" install --quiet --requirement "$list" >&2
    touch "$dir/done"
  fi
  printf '%s\n' "$dir/bin"
}
