# shellcheck shell=bash
# shellcheck disable=SC2154 # the caller sets: work, retry_after
# The rows of the acceptance in which somebody ends nginx at will, to keep the improvement off.
#
# The caller has sourced lib.sh and stage.sh. The improvement (a) stands when a row begins.

# state: where the library stands, by what Suture says.
state() {
  { suture status || true; } | jq -r --arg suffix "/$library" '.components[] | select(.stream | endswith($suffix)) | .state'
}

# until_state STATE SECONDS [CMD…]: waits for it; runs a command each time before it looks.
until_state() {
  local wanted=$1 last=$((SECONDS + $2))
  shift 2
  while (($# == 0)) || "$@"; do
    [[ $(state) != "$wanted" ]] || return 0
    ((SECONDS < last)) || not "it does not become $wanted: $(state)"
    sleep 0.3
  done
}

# strike: ends nginx, its master and its workers, as somebody does who can crash it.
strike() {
  beside systemctl kill --signal=SEGV nginx.service || true
}

# strike_improved: the same, but only where nginx runs the improved library.
strike_improved() {
  census >"$work/census"
  if awk '$2 == "nginx.service" && $4 == "a" { found = 1 } END { exit !found }' "$work/census"; then strike; fi
}

attacked() {
  local exposed
  suture remove "$library" >"$work/remove.json" || not "suture remove: $(tail -n 1 "$work/remove.json")"
  suture reapply "$library" >"$work/reapply.json" || not "suture reapply: $(tail -n 1 "$work/reapply.json")"
  strike
  until_state rolledBack 20
  exposed=$(date +%s%N)
  # Again and again: where it is not running yet, there is nothing to end.
  until_state probation 40 strike
  exposed=$((($(date +%s%N) - exposed) / 1000000))
  until_state confirmed 60 strike
  beside systemctl is-active --quiet nginx || beside systemctl start nginx
  demand a
  echo "nginx was ended with and without it: without it for $exposed ms, acquitted, put in place again, and confirmed under attack"
}

attacked_selectively() {
  local exposed
  suture remove "$library" >"$work/remove.json" || not "suture remove: $(tail -n 1 "$work/remove.json")"
  suture reapply "$library" >"$work/reapply.json" || not "suture reapply: $(tail -n 1 "$work/reapply.json")"
  strike_improved
  until_state rolledBack 20
  exposed=$(date +%s%N)
  until_state probation 90 strike_improved
  exposed=$((($(date +%s%N) - exposed) / 1000000))
  until_state confirmed 60 strike_improved
  beside systemctl is-active --quiet nginx || beside systemctl start nginx
  demand a
  echo "nginx was ended only with it: tried again after $exposed ms (RetryAfter=$retry_after), and confirmed under attack"
}
