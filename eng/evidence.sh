# Judges evidence from files: quotes, IMA lists, boot logs, policies, certificates of TPMs and devices.
#
# Usage: ./keylime evidence ARGUMENTS...      (no cluster is needed; 'evidence quote check --help' explains one)
#
#   ./keylime evidence quote check --quote quote.txt --ak ak.pem --nonce abc
#   ./keylime evidence ima appraise --log ascii_runtime_measurements --policy policy.json
#   ./keylime evidence --batch cases.jsonl
#   ./keylime evidence appraise --answer answer.json --ak ak.bin --nonce abc --runtime-policy policy.json
#
# Verbs: appraise; quote check; ima replay, appraise; bootlog show, replay, appraise; policy validate, convert, sign, verify,
# create; ek verify; idevid verify; credential make, open. Exit codes: 0 trusted, 6 not trusted, 2 wrong command line or unreadable input.
source "$KEYLIME_ROOT/eng/common.sh"

# Standard output is the verdict alone.
require_dotnet
build Keylime.Tenant >&2
case " $* " in
  # The help as it is typed here.
  *' --help '* | *' -h '* | *' -? '*) dotnet "$(program Keylime.Tenant)" evidence "$@" | sed 's|^  Keylime\.Tenant|  ./keylime|' ;;
  *) exec dotnet "$(program Keylime.Tenant)" evidence "$@" ;;
esac
