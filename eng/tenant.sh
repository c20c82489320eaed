# Runs Keylime's tenant against the running cluster, with its addresses and certificates.
#
# Usage: ./keylime tenant ARGUMENTS...      ('./keylime tenant --help' is the tenant's own help)
#
#   ./keylime tenant agent list
#   ./keylime tenant -c cvlist
source "$KEYLIME_ROOT/eng/common.sh"

tenant=$(program Keylime.Tenant)
if is_running && [ -f "$STATE/environment/certificates.env" ]; then
  while IFS= read -r variable; do export "${variable?}"; done < <(grep '^KEYLIME_' "$STATE/environment/certificates.env")
else
  case " $* " in
    *' --help '* | *' -h '* | *' -? '* | *' --version '*) require_dotnet; build Keylime.Tenant >&2 ;;
    *) require_running ;;
  esac
fi
case " $* " in
  # The help as it is typed here.
  *' --help '* | *' -h '* | *' -? '*) dotnet "$tenant" "$@" | sed 's|^  Keylime\.Tenant|  ./keylime tenant|' ;;
  *) exec dotnet "$tenant" "$@" ;;
esac
