# Simulates a fleet of agents against the running cluster, or against any other Keylime.
#
# Usage: ./keylime fleet [--agents N] [OPTIONS]      ('./keylime fleet -- --help' is the program's own help)
#
#   ./keylime fleet --agents 1000                    registers with the running cluster, and is attested by it
#   ./keylime fleet --agents 10 --registrar http://10.0.0.5:8890 --verifier https://10.0.0.5:8881 --tls DIR
#
# Without --registrar the cluster that './keylime up' started is meant. Ctrl+C takes the agents from the verifiers again.
source "$KEYLIME_ROOT/eng/common.sh"

[ "${1:-}" != -- ] || shift
require_dotnet
build tools/Keylime.FleetSimulator >&2
# The address of a gateway's listener, as the running cluster tells it.
address_of() { awk -F'"' -v wanted="$1" '/"name":/ { name = $4 } /"address":/ && name == wanted { print $4; exit }' "$STATE/status.json"; }

servers=()
case " $* " in
  *' --help '* | *' -h '* | *' --version '* | *' --registrar '* | *' --registrar='*) ;;
  *)
    require_running
    servers=(--registrar "$(address_of gateway/registrar)" --verifier "$(address_of gateway)"
      --tls "$(awk -F'"' '/"directory":/ { print $4 }' "$STATE/status.json")") ;;
esac
exec dotnet "$(program Keylime.FleetSimulator)" "${servers[@]}" "$@"
