# Runs a cluster under a fleet of simulated agents, measures it, and writes report.json and report.html.
#
# Usage: ./keylime load [--agents N] [--interval S] [--minutes M] [OPTIONS]
#
#   --agents N          simulated agents (1000), each with keys, certificate and IMA list of its own
#   --interval S        seconds between two quotes of one agent (2)
#   --minutes M         how long to measure, once all agents are attested (1)
#   --verifiers N       verifiers (2); --registrars N: registrars (1)
#   --kill WHAT         kill -9 during the run: verifier, redis, postgres or gateway, several with commas
#   --kills N           how often, spread over the run (one every two minutes)
#   --outage S          seconds for which redis, postgres and gateway stay away (5)
#   --inject N          agents that begin to give false evidence, spread over the run; at most half of them
#   --cpu-quota PERCENT limits each verifier to that much of one CPU (control groups; needs root)
#   --scaling 1,2,4     runs of that many verifiers one after another, each verifier with a quota (20)
#   --single            one process with SQLite instead of the cluster
#   --seed N            chooses what is killed and which agents there are (1)
#   --output DIR        where the report goes (artifacts/load)
#   --json              prints the report, and progress on standard error
#
# It starts a cluster of its own (beside one that may run) and a fleet, and ends both, also on Ctrl-C. The exit code is not 0 when the run could not be done; figures are
# reported, not judged. docs/operations/load.md says how each is measured.
source "$KEYLIME_ROOT/eng/common.sh"
bash "$ROOT/eng/install.sh" >&2
require_dotnet
# Of runs that were killed; their processes died with them.
for run in "${TMPDIR:-/tmp}"/keylime-load-??????; do
  if [ -O "$run" ] && [ -f "$run/lock" ] && flock -n "$run/lock" true; then rm -rf -- "$run"; fi
done
build bench/Keylime.Load >&2
exec dotnet "$(program Keylime.Load)" "$@"
