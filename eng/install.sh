# Installs what the cluster and the tests need and this machine lacks (Debian and Ubuntu packages).
#
# Usage: ./keylime install [--single]
#
#   --single    only what 'up --single' needs: no PostgreSQL and no Redis
#
# PostgreSQL, Redis and swtpm are used as programs only: the services that their packages bring are neither
# started nor enabled. 'up' and 'test' call this first; with all there it does nothing.
source "$KEYLIME_ROOT/eng/common.sh"

case ${1:-} in
  '' | --single) ;;
  *) misuse "install has no option '$1'" ;;
esac

has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }

missing=()
if [ "${1:-}" != --single ]; then
  has_postgres || missing+=(postgresql)
  command -v redis-server >/dev/null || missing+=(redis-server)
fi
command -v swtpm >/dev/null || missing+=(swtpm)
command -v swtpm_setup >/dev/null && command -v swtpm_localca >/dev/null || missing+=(swtpm-tools)
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || die "missing: ${missing[*]}. Install them with this system's package manager."
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || die "missing: ${missing[*]}. Run as root: apt-get install ${missing[*]}"
  as_root=(sudo)
fi

log=$(mktemp "${TMPDIR:-/tmp}/keylime-install-log-XXXXXXXX")
policy=/usr/sbin/policy-rc.d
made_policy=
finish() {
  [ -z "$made_policy" ] || "${as_root[@]}" rm -f "$policy"
  rm -f "$log"
}
trap finish EXIT

# Debian's own switch: while it answers 101, packages start no services.
if [ ! -e "$policy" ]; then
  made_policy=yes
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi

run_apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y "$@" 2>&1 | tee -a "$log" | sed -un 's/^\(Unpacking\|Setting up\)/  &/p'
  return "${PIPESTATUS[0]}"
}

say "Installing ${missing[*]} ..."
run_apt -qq update || complain "the package lists could not all be updated; going on with what there is"
run_apt --no-install-recommends install "${missing[@]}" || { tail -n 20 "$log" >&2; die "apt-get could not install ${missing[*]}"; }

# Installed but not started is not enough: they would start with the machine.
if command -v systemctl >/dev/null; then
  for package in "${missing[@]}"; do
    case $package in
      postgresql | redis-server) "${as_root[@]}" systemctl disable --quiet "$package" 2>/dev/null || true ;;
    esac
  done
fi
say "Installed ${missing[*]}; their services stay off."
