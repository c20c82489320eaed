# Runs a whole cluster on this machine: PostgreSQL, Redis, registrars, verifiers, the gateway, and agents on software TPMs.
#
# Usage: ./keylime up [--agents N] [--verifiers N] [--registrars N] [--detach]
#        ./keylime up --single [--agents N] [--detach]
#
#   --single        verifier and registrar in one process on SQLite files: no PostgreSQL, no Redis, no gateway
#   --agents N      machines to attest, each with a TPM of its own (3)
#   --verifiers N   verifiers that share them (2)
#   --registrars N  registrars (2)
#   --detach        return when all agents are attested, or say what failed; './keylime down' ends the cluster
#
# Installs what is missing, builds, and shows a live table. Ctrl-C ends everything. KEYLIME_STATE names another state
# folder than .keylime, for clusters side by side. KEYLIME_* variables reach the services: KEYLIME_VERIFIER_QUOTE_INTERVAL=1 ./keylime up
source "$KEYLIME_ROOT/eng/common.sh"

detach= single= replicas=
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --detach) detach=yes ;;
    --single) single=--single arguments+=(--single) ;;
    --agents | --verifiers | --registrars)
      [[ ${2:-} =~ ^[0-9]+$ ]] || misuse "$1 needs a number"
      [ "$1" = --agents ] || replicas=$1
      arguments+=("$1" "$2")
      shift ;;
    --agents=*) arguments+=("$1") ;;
    --verifiers=* | --registrars=*) replicas=${1%%=*} arguments+=("$1") ;;
    *) misuse "up has no option '$1'" ;;
  esac
  shift
done
[ -z "$single" ] || [ -z "$replicas" ] || misuse "--single is one process: $replicas does not go with it"

if is_running; then die "a cluster runs already (./keylime status); './keylime down' ends it"; fi
bash "$ROOT/eng/install.sh" $single
require_dotnet
build Keylime.AppHost
apphost=(dotnet "$(program Keylime.AppHost)" "${arguments[@]}" "--Local:StateDirectory=$STATE")

[ -n "$detach" ] || exec "${apphost[@]}"

mkdir -p "$STATE" && chmod 700 "$STATE"
rm -f "$STATE/outcome"
: > "$STATE/apphost.log"
# Ctrl-C: nobody waits any more, and so nobody is to be left with a cluster of which he does not know.
give_up() {
  trap '' INT TERM
  say "Ending the cluster ..."
  kill -TERM $(jobs -p) 2>/dev/null || true
  wait || true
  is_running || bash "$ROOT/eng/down.sh" >/dev/null # Only what is left of it: one that runs is another's.
  exit 130
}
trap give_up INT TERM
setsid "${apphost[@]}" < /dev/null >> "$STATE/apphost.log" 2>&1 &
pid=$!
tail -n +1 -f --pid="$pid" "$STATE/apphost.log" 2>/dev/null &
follower=$!
while [ ! -f "$STATE/outcome" ] && kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
kill "$follower" 2>/dev/null || true
wait "$follower" 2>/dev/null || true
trap - INT TERM

if [ ! -f "$STATE/outcome" ]; then
  wait "$pid" && code=0 || code=$?
  die "the AppHost ended with code $code; its output is in $STATE/apphost.log"
fi
read -r word detail < "$STATE/outcome"
cat "$STATE/status.txt"
[ "$word" = ready ] || die "$word $detail. The cluster still runs: './keylime status', './keylime logs NAME', './keylime down'"
say "Ready after $detail s. './keylime status' shows it again, './keylime down' ends it."
