# Fuzzes the parsers: each target, with its properties, from its seeds and corpus.
#
# Usage: ./keylime fuzz [TARGET]... [--minutes N] [--executions N] [--seed N] [--keep]
#        ./keylime fuzz TARGET --replay FILE
#
# N minutes are divided among the targets (default: 5 minutes, all targets; an unknown name lists them). A run is guided by
# coverage: the assemblies under test are copied and instrumented. It prints its seed; --seed with --executions repeats it.
# An input that breaks a property is shrunk, printed as a line for the corpus, and kept in artifacts/fuzz/failures; when the
# process itself dies (a stack overflow), TARGET.last there is what it ran. --keep rewrites tests/vectors/fuzz/TARGET.txt
# with the fewest inputs that reach what this run reached. The exit code is 1 when a property was broken.
source "$KEYLIME_ROOT/eng/common.sh"
require_dotnet
build tests/Keylime.Fuzz

arguments=(--corpus "$ROOT/tests/vectors/fuzz" --failures "$ROOT/artifacts/fuzz/failures")
for argument in "$@"; do
  if [ "$argument" = --keep ]; then arguments+=(--keep "$ROOT/tests/vectors/fuzz"); else arguments+=("$argument"); fi
done

instrumented=$ROOT/artifacts/fuzz/instrumented
plain=$(program Keylime.Fuzz)
if [ ! -f "$instrumented/.complete" ] || [ "$plain" -nt "$instrumented/.complete" ] || [ -n "$(find "$(dirname "$plain")" -name '*.dll' -newer "$instrumented/.complete" -print -quit)" ]; then
  rm -rf -- "$instrumented"
  dotnet "$plain" --instrument "$instrumented"
  touch "$instrumented/.complete"
fi
exec dotnet "$instrumented/Keylime.Fuzz.dll" "${arguments[@]}"
