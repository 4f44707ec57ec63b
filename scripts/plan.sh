# shellcheck shell=bash
# shellcheck disable=SC2154 # the caller sets: work
# The rows of the acceptance about what Suture says before an apply, and that it was so.
#
# The caller has sourced lib.sh and stage.sh.

# steps FILTER: the units of the plan's steps for which a filter of jq holds, one a line.
steps() {
  jq -r "select(.report).report.steps[] | select($1) | .unit // .program" "$work/plan.json" | sort -u
}

# What it says costs and takes, against who maps the library by the kernel's word; and that nothing was changed.
planned() {
  local exposed named
  suture look >"$work/look.json" || not "suture look: $(tail -n 1 "$work/look.json")"
  beside suture apply "$library" --dry-run >"$work/plan.txt" || not "suture apply --dry-run ended with status $?"
  suture apply "$library" --dry-run >"$work/plan.json" || not "suture apply --dry-run: $(tail -n 1 "$work/plan.json")"
  demand baseline
  [[ -z $(grafts) ]] || not "a plan put something in place: $(grafts | words)"
  exposed=$(cut -d ' ' -f 2 "$work/census-baseline" | words)
  named=$(steps true | words)
  [[ $named == "$exposed" ]] || not "the plan names $named; the library is mapped by $exposed"
  echo "$(jq -r 'select(.report).report.class' "$work/plan.json"): restarts $(steps .unattended | words); waits for its owner: $(steps '.unattended | not' | words)"
}

# planned_truly FILE: what was restarted, one unit a line, is what the plan said.
planned_truly() {
  local other
  other=$({ steps '.unattended and .unit != "init.scope"' && jq -r 'select(.report).report.steps[].with[]' "$work/plan.json"; } \
    | sort -u | comm -3 - "$1" | words)
  [[ -z $other ]] || not "planned and not restarted, or the other way round: $other"
}

# What is said at login while something waits for its owner, as status names it; and nothing where nothing waits.
said_at_login() {
  local waiting unit mode tries=50
  # Whatever is done has it looked at anew.
  suture look >"$work/look.json" || not "suture look: $(tail -n 1 "$work/look.json")"
  suture status >"$work/status.json" || true
  waiting=$(jq -r '.components[].processes[] | select(.exposure == "pending") | .service' "$work/status.json" | words)
  if [[ -z $waiting ]]; then
    while beside test -e /run/motd.d/suture; do
      ((tries-- > 0)) || not "nothing waits, and this is said: $(beside cat /run/motd.d/suture | words)"
      sleep 0.1
    done
    echo "nothing waits for anybody, and nothing is said"
    return 0
  fi
  until beside cat /run/motd.d/suture >"$work/notice" 2>/dev/null; do
    ((tries-- > 0)) || not "nothing is said, and $waiting waits"
    sleep 0.1
  done
  mode=$(beside stat --format '%a %U' /run/motd.d/suture)
  [[ $mode == "644 root" ]] || not "the notice is $mode"
  for unit in ${waiting//,/}; do
    grep -qF "  $unit," "$work/notice" || not "the notice does not name $unit"
  done
  echo "it names $waiting"
}
