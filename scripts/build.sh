# Shell functions that ./run and ./test share: packages, privileges, quiet builds. Sourced by bash.

say() { printf '%s\n' "$*" >&2; }

is_root() { [ "$(id -u)" = 0 ]; }

# The packages among "$@" that are not installed.
missing_packages() {
  local installed package
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    grep -qx "$package installed" <<<"$installed" || printf '%s ' "$package"
  done
}

# install_quietly LOG PACKAGE...: runs apt-get so that no service it brings is started now or at the next boot.
install_quietly() {
  local log=$1 policy=/usr/sbin/policy-rc.d own_policy='' result=0
  shift
  export DEBIAN_FRONTEND=noninteractive
  if [ ! -e "$policy" ]; then
    own_policy=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } \
    </dev/null >"$log" 2>&1 || result=$?
  [ -z "$own_policy" ] || rm -f "$policy"
  if [[ " $* " == *" nginx "* ]]; then update-rc.d nginx disable >>"$log" 2>&1 || true; fi
  return "$result"
}

# Makes sure that the packages "$@" are there: installs them as root, else names them and ends.
need_packages() {
  local missing log
  if ! command -v dpkg-query >/dev/null; then
    say "This is no Debian: make sure that these are installed: $*"
    return
  fi
  read -ra missing <<<"$(missing_packages "$@")"
  [ "${#missing[@]}" -gt 0 ] || return 0
  if ! is_root; then
    say "These Debian packages are missing: ${missing[*]}"
    say "Install them with: sudo apt-get install --no-install-recommends ${missing[*]}"
    exit 2
  fi
  say "Installing ${missing[*]}"
  log=$(mktemp)
  if ! install_quietly "$log" "${missing[@]}"; then
    tail -n 20 "$log" >&2
    say "apt-get could not install: ${missing[*]}"
    exit 2
  fi
  rm -f "$log"
}

# Passes on what a build prints, but shows ninja's progress as one line, and on a terminal only.
show_progress() {
  local line shown=''
  while IFS= read -r line; do
    case $line in
      '[build '*)
        [ -t 2 ] || continue
        shown=yes
        printf '\r\033[K%.*s' "$((${COLUMNS:-80} - 1))" "$line" >&2 ;;
      'ninja: no work to do.' | 'ninja: Entering directory'*) ;;
      *)
        [ -z "$shown" ] || printf '\r\033[K' >&2
        printf '%s\n' "$line" >&2 ;;
    esac
  done
  [ -z "$shown" ] || printf '\r\033[K' >&2
}

# The build directory of a preset.
build_directory() {
  if [ "$1" = release ]; then echo build; else echo "build-$1"; fi
}

# configure PRESET: quiet unless it fails.
configure() {
  local output
  output=$(cmake --preset "$1" 2>&1) || {
    say "$output"
    return 1
  }
}

# build PRESET [TARGET...]: configures only what was never configured; ninja notices changes itself.
build() {
  local preset=$1 directory
  directory=$(build_directory "$preset")
  shift
  [ -e "$directory/build.ninja" ] || configure "$preset" || return 1
  NINJA_STATUS='[build %f/%t] ' ninja -C "$directory" ${JOBS:+-j "$JOBS"} "$@" 2>&1 | show_progress
}
