# Ends the cluster that 'up' started, in order, and leaves no process, port or temporary folder behind.
#
# Usage: ./keylime down
source "$KEYLIME_ROOT/eng/common.sh"
[ $# -eq 0 ] || misuse "down has no arguments"

if is_running; then
  pid=$(cat "$STATE/pid")
  say "Ending the cluster ..."
  kill -TERM "$pid" 2>/dev/null || true
  if ! flock -w 90 "$STATE/lock" true; then
    complain "the AppHost (process $pid) does not end; killing it"
    kill -KILL "$pid" 2>/dev/null || true
    flock -w 10 "$STATE/lock" true || die "process $pid cannot be killed"
  fi
  say "Ended."
else
  say "No cluster runs."
fi
remove_abandoned_runs
rm -rf -- "$STATE/pid" "$STATE/outcome" "$STATE/status.json" "$STATE/status.txt" "$STATE/environment"
