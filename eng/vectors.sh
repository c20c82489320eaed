# Judges a tree of test vectors by its manifest.json, through the same functions as the verifier.
#
# Usage: ./keylime vectors [DIR]
#
# A line per kind: as expected, different, skipped with the reason; each difference is named. The exit code is 1 when
# any differs, 2 when there is no readable tree. DIR defaults to shared/vectors beside the repository.
source "$KEYLIME_ROOT/eng/common.sh"
require_dotnet
build tools/Keylime.Vectors
exec dotnet "$(program Keylime.Vectors)" "$@"
