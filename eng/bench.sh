# Measures: appraisal beside its floors, then a whole cluster's start and memory.
#
# Usage: ./keylime bench [quote|ima|boot|policy|fleet|cluster]...      (none: all)
#
# 'fleet' asks a fleet simulator of its own for quotes, and prints what one costs it. 'cluster' starts a cluster of its own with three agents (beside one that may run), from a warm build, and prints the
# time until all are attested, and what each service holds in memory then.
source "$KEYLIME_ROOT/eng/common.sh"
require_dotnet

groups=() cluster=
[ $# -gt 0 ] || cluster=yes
for group in "$@"; do
  case $group in
    cluster) cluster=yes ;;
    quote | ima | boot | policy | fleet) groups+=("$group") ;;
    *) misuse "bench has no group '$group'" ;;
  esac
done

if [ $# -eq 0 ] || [ ${#groups[@]} -gt 0 ]; then
  build bench/Keylime.Benchmarks
  dotnet "$(program Keylime.Benchmarks)" "${groups[@]}"
fi
[ -n "$cluster" ] || exit 0

build Keylime.AppHost
state=$(mktemp -d "${TMPDIR:-/tmp}/keylime-bench-XXXXXXXX")
finish() {
  KEYLIME_STATE=$state bash "$ROOT/eng/down.sh" > /dev/null 2>&1 || true
  rm -rf -- "$state"
}
trap finish EXIT
KEYLIME_STATE=$state bash "$ROOT/eng/up.sh" --detach > "$state/up.log" 2>&1 || { tail -n 20 "$state/up.log" >&2; die "the cluster did not come up"; }
grep '^Ready after' "$state/up.log" | sed "s/\. .*/ from a warm build to three attested agents/"

# The rows of a service's further listeners (name/listener) repeat its process.
awk -F'"' '/"name":/ { name = $4 } /"pid": [0-9]/ && name ~ /^(verifier|registrar)-[0-9]+$|^gateway$/ { gsub(/[^0-9]/, ""); print name, $0 }' "$state/status.json" |
  while read -r name pid; do
    awk -v name="$name" '/^VmRSS/ { printf "%-14s %6.1f MiB resident\n", name, $2 / 1024 }' "/proc/$pid/status"
  done
