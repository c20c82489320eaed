# Lists the commands, or explains one.
#
# Usage: ./keylime help [COMMAND]
set -euo pipefail

explain() { sed -n '/^#/!q; s/^# \{0,1\}//p' "$1"; }

command=${1:-}
if [ -n "$command" ]; then
  script=$KEYLIME_ROOT/eng/$command.sh
  [[ $command =~ ^[a-z]+$ && -f $script ]] || { echo "keylime: no command '$command'" >&2; exit 64; }
  explain "$script"
  exit
fi
echo "Usage: ./keylime COMMAND [ARGUMENTS]     ('./keylime COMMAND --help' explains one)"
echo
for command in up status logs resource tenant fleet down test bench load fuzz evidence vectors lint build install help; do
  printf '  %-10s %s\n' "$command" "$(explain "$KEYLIME_ROOT/eng/$command.sh" | head -n 1)"
done
