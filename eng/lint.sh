# Checks the code's format and style; with --fix, mends it.
#
# Usage: ./keylime lint [--fix]
source "$KEYLIME_ROOT/eng/common.sh"
check=(--verify-no-changes)
case ${1:-} in
  '') ;;
  --fix) check=() ;;
  *) misuse "lint has no option '$1'" ;;
esac
require_dotnet
cd "$ROOT"
dotnet format Keylime.Aspire.sln "${check[@]}"
