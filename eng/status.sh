# Shows the cluster: agents with their states, owners and attestations; services with their addresses.
#
# Usage: ./keylime status [--json]
#
# The exit code is 3 when no cluster runs.
source "$KEYLIME_ROOT/eng/common.sh"

case ${1:-} in
  --json) file=status.json nothing='{"services":[],"agents":[],"tls":{"directory":null}}' ;;
  '') file=status.txt nothing="No cluster runs. './keylime up' starts one." ;;
  *) misuse "status has no option '$1'" ;;
esac
if ! is_running || [ ! -f "$STATE/$file" ]; then
  say "$nothing"
  exit 3
fi
# A long reason goes on in the next line, at a word's end.
if [ "$file" = status.txt ] && [ -t 1 ]; then fold -s -w "$(tput cols 2>/dev/null || echo 80)" "$STATE/$file"; else cat "$STATE/$file"; fi
