# What the commands share. Sourced, never run.
set -euo pipefail

ROOT=$KEYLIME_ROOT
# Where a running cluster keeps its state. Another folder for each cluster that runs beside others.
STATE=$(realpath -m "${KEYLIME_STATE:-$ROOT/.keylime}")
CONFIGURATION=Release

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# A machine without ICU is fine: nothing here depends on a culture.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

say() { printf '%s\n' "$*"; }
complain() { printf 'keylime: %s\n' "$*" >&2; }
die() { complain "$*"; exit 1; }
misuse() { complain "$* (--help says more)"; exit 64; }

# True while an AppHost lives: the kernel holds its lock for as long, however it ends.
is_running() { [ -f "$STATE/lock" ] && ! flock -n "$STATE/lock" true; }

require_running() { is_running || die "no cluster runs; './keylime up' starts one"; }

program() { printf '%s/artifacts/bin/%s/release/%s.dll' "$ROOT" "$1" "$1"; }

# Removes what AppHosts that were killed left behind. Their processes died with them.
remove_abandoned_runs() {
  local run
  for run in "${TMPDIR:-/tmp}"/keylime-??????; do
    if [ -O "$run" ] && [ -f "$run/lock" ] && flock -n "$run/lock" true; then rm -rf -- "$run"; fi
  done
}

require_dotnet() {
  command -v dotnet >/dev/null || die "the .NET 10 SDK is missing: https://dotnet.microsoft.com/download"
  (cd "$ROOT" && dotnet --version >/dev/null 2>&1) || die "the .NET 10 SDK is missing (found only: $(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | paste -sd' ')): https://dotnet.microsoft.com/download"
}

# Builds a project or the solution unless no source is newer than the last build of it: MSBuild needs many seconds to find out the same. The AppHost has
# absolute paths built in: what was built elsewhere, and moved or copied here since, is built anew.
build() {
  local target=$1 stamp=$ROOT/artifacts/.built-${1//\//-}
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$ROOT" ] && [ -z "$(newer_sources "$stamp")" ]; then return; fi
  say "Building $target ..."
  touch_stamp=$(mktemp "${TMPDIR:-/tmp}/.keylime-build-XXXXXX")
  say "$ROOT" > "$touch_stamp"
  (cd "$ROOT" && dotnet build "$target" -c "$CONFIGURATION" -v quiet) || { rm -f "$touch_stamp"; die "the build of $target failed"; }
  # As old as the start of the build: what was edited meanwhile counts as newer.
  mkdir -p "$ROOT/artifacts" && mv "$touch_stamp" "$stamp"
}

newer_sources() {
  find "$ROOT" -mindepth 1 \( -path "$ROOT/artifacts" -o -path "$ROOT/.git" -o -path "$STATE" -o -path "$ROOT/.keylime" -o -path "$ROOT/docs" \) -prune -o \
    -newer "$1" \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.targets' -o -name '*.json' -o -name '*.sln' -o -name .editorconfig -o -name BannedSymbols.txt \) \
    ! -name packages.lock.json -print -quit
}
