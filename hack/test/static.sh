# shellcheck shell=bash
# Checks that need nothing but the sources. Expects hack/lib.sh.

# Versions of the cargo programs, kept in the user's cache.
readonly DENY=cargo-deny@0.20.2 MACHETE=cargo-machete@0.9.2
# The crates that must compile without the features that others switch on.
readonly PURE_CRATES=(todo-operator-api todo-operator-core contract domain)

# cargo_tools_dir prints the folder that holds their bin/.
cargo_tools_dir() { printf '%s/%s' "$(cache_dir cargo)" "$(sha256sum <<<"$DENY $MACHETE" | cut -c1-12)"; }

# install_cargo_tools installs what is missing. Unoptimised: they run for seconds, and optimising them takes minutes.
install_cargo_tools() {
  local tool dir
  dir=$(cargo_tools_dir)
  mkdir -p "$dir"
  exec 8>"$dir/.lock"
  flock 8
  for tool in "$DENY" "$MACHETE"; do
    [[ ! -x $dir/bin/${tool%@*} ]] || continue
    # cargo puts the whole file in place at the end.
    env -u CARGO_TARGET_DIR CARGO_PROFILE_DEV_DEBUG=0 cargo install --locked --debug --root "$dir" "$tool"
  done
}

shell_syntax() {
  local file
  while read -r file; do bash -n "$file"; done < <(shell_files)
  # SC2034: the variables of a sourced part are read by those who source it.
  shell_files | xargs -d '\n' -P 2 -n 8 shellcheck --external-sources --severity=warning --exclude=SC2034
}

# shell_files prints the scripts of the repository, told by name or by first line.
shell_files() { { git ls-files '*.sh' && git grep -lIE '^#!/.*\b(ba)?sh$'; } | sort -u; }

pure_crates() {
  local crate
  for crate in "${PURE_CRATES[@]}"; do cargo check --locked -p "$crate"; done
}

static_checks() {
  check "rustfmt" cargo fmt --all --check
  check "shell scripts" shell_syntax
  repository_checks
  check "clippy" cargo clippy --locked --workspace --all-targets -- -D warnings
  check "pure crates compile alone" pure_crates
}

# repository_checks runs every program of hack/checks: dependency arrows, budgets.
repository_checks() {
  local program
  for program in hack/checks/*; do
    [[ -x $program && -f $program ]] || continue
    check "checks: $(basename "${program%.*}")" "$program"
  done
}

# dependency_checks needs the cargo programs.
dependency_checks() {
  local bin
  bin="$(cargo_tools_dir)/bin"
  check "cargo deny: licenses, bans, sources" "$bin/cargo-deny" --locked check licenses bans sources
  if advisories_known "$bin"; then
    check "cargo deny: advisories" "$bin/cargo-deny" --locked check advisories
  else
    skip "cargo deny: advisories" "the RustSec database cannot be fetched"
  fi
  check "cargo machete" "$bin/cargo-machete" operator app
}

advisories_known() { "$1/cargo-deny" fetch db >"$(log_of "advisory database")" 2>&1; }
