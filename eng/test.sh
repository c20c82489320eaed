# Builds once, runs all tests, and sums up: the last line is 'N passed, N failed, N skipped'.
#
# Usage: ./keylime test [FILTER]
#        ./keylime test --simulation [--seeds N] [--first-seed S]
#
# FILTER is a part of a test project's name (Tpm, Cluster), or else of the full names of tests. Installs what is missing
# first. The exit code is not 0 when a test failed, or none ran. What failed is told once more before the last line. A
# test host in which nothing has begun or ended for ten minutes is killed, and the tests that it was at are named.
#
# --simulation lets a simulated cluster live through N lives (10000, by the seeds S, S + 1 and so on) with faults of
# their own; the usual run does 300. A life that breaks a promise is told, with its seed: --seeds 1 --first-seed SEED
# lives it again.
source "$KEYLIME_ROOT/eng/common.sh"
filter='' simulation='' seeds=10000 first_seed=1
number() { [[ ${2:-} =~ ^[1-9][0-9]{0,7}$ ]] || misuse "$1 takes a number from 1 to 99999999"; }
while [ $# -gt 0 ]; do
  case $1 in
    --simulation) simulation=1 ;;
    --seeds) number "$@"; seeds=$2; shift ;;
    --first-seed) number "$@"; first_seed=$2; shift ;;
    -*) misuse "test does not know $1" ;;
    *) [ -z "$filter" ] || misuse "test takes one filter"; filter=$1 ;;
  esac
  shift
done

bash "$ROOT/eng/install.sh"
require_dotnet
if [ -n "$simulation" ]; then
  [ -z "$filter" ] || misuse "test --simulation takes no filter"
  build tests/Keylime.Simulation.Tests/Keylime.Simulation.Tests.csproj
  KEYLIME_SIMULATION_SEEDS=$seeds KEYLIME_SIMULATION_FIRST_SEED=$first_seed exec dotnet test "$(program Keylime.Simulation.Tests)" --nologo \
    --filter "FullyQualifiedName~No_seed_breaks_a_promise" --logger "console;verbosity=detailed"
fi
[ "$seeds $first_seed" = "10000 1" ] || misuse "--seeds and --first-seed belong to --simulation"
build Keylime.Aspire.sln

projects=()
for folder in "$ROOT"/tests/*.Tests; do projects+=("$(basename "$folder")"); done
# The cluster's tests last and alone: they start twenty processes.
mapfile -t projects < <(printf '%s\n' "${projects[@]}" | grep -v '^Keylime.Cluster.Tests$'; printf '%s\n' "${projects[@]}" | grep '^Keylime.Cluster.Tests$' || true)
by_name=()
if [ -n "$filter" ]; then
  mapfile -t named < <(printf '%s\n' "${projects[@]}" | grep -iF -- "$filter" || true)
  if [ ${#named[@]} -gt 0 ]; then projects=("${named[@]}"); else by_name=(--filter "FullyQualifiedName~$filter"); fi
fi

results=$(mktemp -d "${TMPDIR:-/tmp}/keylime-tests-XXXXXXXX")
trap 'rm -rf -- "$results"' EXIT

failed_projects=()
for project in "${projects[@]}"; do
  say "$project ..."
  dotnet test "$(program "$project")" --nologo --blame-hang-timeout 10m --blame-hang-dump-type none --logger "console;verbosity=minimal" --results-directory "$results/$project" --logger "trx;LogFileName=result.trx" "${by_name[@]}" \
    > "$results/$project.log" 2>&1 || failed_projects+=("$project")
  grep -vE '^(Passed!|Test run for|VSTest version|A total of|Starting test execution|Results File|No test matches|Data collector .Blame. message: All tests finished|$)' "$results/$project.log" || true
done

# The counters that each run wrote, rather than its words for people.
sum() { cat "$results"/*/result.trx 2>/dev/null | sed -n "s/.*<Counters [^>]*\b$1=\"\([0-9]*\)\".*/\1/p" | awk '{ n += $1 } END { print n + 0 }'; }
total=$(sum total) executed=$(sum executed) passed=$(sum passed)
failed=$((executed - passed)) skipped=$((total - executed))
# A host that crashed or hung has counted what it had finished, and not what it was at.
for project in "${failed_projects[@]}"; do
  grep -q '<UnitTestResult .*outcome="Failed"' "$results/$project/result.trx" 2>/dev/null || failed=$((failed + 1))
done

# Again, and briefly: of a long run's output often only the end is kept.
tell_failures() {
  local project
  for project in "${failed_projects[@]}"; do
    say "Not well: $project"
    awk -f "$ROOT/eng/failures.awk" "$results/$project"/result.trx 2>/dev/null || true
    sed -n '/^The active test run was aborted/,$ { /^$/d; p; }' "$results/$project.log" | tail -n 20
    [ -f "$results/$project/result.trx" ] || tail -n 20 "$results/$project.log"
  done
}
# To its end, whatever is shown: a pipe that is closed early would end us.
tell_failures | sed -n '1,60p'
code=0
if [ "$failed" -gt 0 ] || [ "$executed" -eq 0 ] || [ ${#failed_projects[@]} -gt 0 ]; then code=1; fi
say "$passed passed, $failed failed, $skipped skipped"
exit "$code"
