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
  beside suture apply libssl3 --dry-run >"$work/plan.txt" || not "suture apply --dry-run ended with status $?"
  suture apply libssl3 --dry-run >"$work/plan.json" || not "suture apply --dry-run: $(tail -n 1 "$work/plan.json")"
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
