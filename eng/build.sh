# Builds everything (Release).
#
# Usage: ./keylime build
source "$KEYLIME_ROOT/eng/common.sh"
[ $# -eq 0 ] || misuse "build has no arguments"
require_dotnet
build Keylime.Aspire.sln
say "Built."
