# Commands one resource of the running cluster.
#
# Usage: ./keylime resource NAME COMMAND
#
#   start, stop, restart    every resource
#   tamper                  agent-N: change a file that the machine's IMA measures
#   reboot                  agent-N: restore the files and power-cycle the TPM
#
# './keylime status' lists the names; what follows a slash there is a listener of the resource, and databases are parts of postgres.
source "$KEYLIME_ROOT/eng/common.sh"
[ $# -eq 2 ] || misuse "resource takes a name and a command"
[[ $1 != */* ]] || misuse "'$1' is a listener of the resource '${1%%/*}': command that"
for word in "$@"; do
  [[ $word =~ ^[A-Za-z][A-Za-z0-9-]*$ ]] || misuse "'$word' is neither a resource's name nor a command"
done
require_running

# A file in, a file out: a shell can write one, but speak to no socket. See CommandInbox.
id=$STATE/commands/$$-$RANDOM
printf '%s %s\n' "$1" "$2" > "$id.part"
mv "$id.part" "$id.request"
while [ ! -f "$id.response" ]; do
  is_running || die "the cluster ended"
  sleep 0.1
done
{ read -r result; message=$(cat); } < "$id.response"
rm -f "$id.response"
[ "$result" = ok ] || die "$message"
say "$1: $2 done"
