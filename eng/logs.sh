# Prints the output of one resource, or with no name the names.
#
# Usage: ./keylime logs [NAME [-f]]
#
#   -f    go on printing as it grows
#
# The name 'apphost' is the AppHost itself, when it runs detached. Logs stay after 'down' until the next 'up'.
source "$KEYLIME_ROOT/eng/common.sh"

name=
follow=()
for argument in "$@"; do
  case $argument in
    -f | --follow) follow=(-F) ;;
    -*) misuse "logs has no option '$argument'" ;;
    *) [ -z "$name" ] || misuse "logs takes one name"; name=$argument ;;
  esac
done
[ -d "$STATE/logs" ] || die "there are no logs; './keylime up' starts a cluster"
if [ -z "$name" ]; then
  (cd "$STATE/logs" && ls -1 | sed 's/\.log$//')
  exit
fi
[[ $name =~ ^[A-Za-z][A-Za-z0-9-]*$ ]] || misuse "'$name' is no resource's name"
log=$STATE/logs/$name.log
[ "$name" != apphost ] || log=$STATE/apphost.log
[ -f "$log" ] || die "there is no resource '$name' ('./keylime logs' lists them)"
exec tail -n +1 "${follow[@]}" "$log"
