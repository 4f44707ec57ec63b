# shellcheck shell=bash
# shellcheck disable=SC2154 # the caller sets: suture_root, work, machine, container, library
# The row of the acceptance in which the daemon is killed, right after each step that its journal brings to the disk.
#
# The caller has sourced lib.sh, stage.sh and cuts.sh. The improvement (a) stands when the row begins, and when it ends.

# A step of every so many is killed at, from the first on.
kill_stride=${SUTURE_KILL_STRIDE:-1}

# deadly: the machine's daemon loads what kills it (kill-at.c), and is started again by nobody but this script.
deadly() {
  cc -shared -fPIC -O1 -o "$work/kill-at.so" "$suture_root/scripts/kill-at.c" -ldl
  "$container" copy "$machine" "$work/kill-at.so" /usr/lib/kill-at.so
  beside mkdir -p /run/systemd/system/sutured.service.d
  beside tee /run/systemd/system/sutured.service.d/kill.conf >/dev/null <<'SETTINGS'
[Unit]
StartLimitIntervalSec=0
[Service]
Restart=no
Environment=LD_PRELOAD=/usr/lib/kill-at.so KILL_FILE=journal.sqlite-wal KILL_AT=/run/kill-at
SETTINGS
  beside sed -i 's/^ProbationTime=.*/ProbationTime=2s/' /etc/suture/sutured.conf
  beside systemctl daemon-reload
  beside systemctl restart sutured.service
}

# harmless: all as it was.
harmless() {
  beside bash -euc 'rm -f /run/kill-at /run/systemd/system/sutured.service.d/kill.conf /usr/lib/kill-at.so
    systemctl daemon-reload'
  beside sed -i "s/^ProbationTime=.*/ProbationTime=$probation_time/" /etc/suture/sutured.conf
  beside systemctl restart sutured.service
  suture look >"$work/look.json"
}

# killed_at NUMBER CMD…: runs a command of the owner's while the daemon is killed at that step; fails where it came to its end
# without. What stands then is one build as a whole, before anything is mended. Whether the command was told that it is done is left in
# $work/done.
killed_at() {
  local number=$1 status=0 tries=100 stood
  shift
  beside tee /run/kill-at >/dev/null <<<"$number" || not "nothing can be counted"
  "$@" >"$work/killed.json" 2>&1 || status=$?
  echo "$status" >"$work/done"
  if beside test -e /run/kill-at; then
    ((status == 0)) || not "$1 $2 failed though nothing was killed: $(tail -n 1 "$work/killed.json")"
    beside rm /run/kill-at
    return 1
  fi
  until [[ $(beside systemctl show --value --property Result sutured.service) == signal ]]; do
    ((tries-- > 0)) || not "sutured was not killed at step $number of $1 $2: $(tail -n 1 "$work/killed.json")"
    sleep 0.05
  done
  stood=$(stands)
  [[ $stood == baseline || $stood == a ]] || not "killed at step $number of $1 $2: what stands is neither: $(on_disk | words)"
  beside systemctl start sutured.service || not "sutured does not start after it was killed at step $number of $1 $2"
}

# at_rest: until the daemon that came next has done what it has to do; prints the build that stands then and that nginx runs.
at_rest() {
  local tries=200 stood told
  while true; do
    stood=$(stands)
    told="$(verdict) $(state)"
    case "$stood $told" in
      "a protected confirmed" | "a pending confirmed" | "baseline exposed offered" | "baseline exposed removed")
        if (runs "$stood") >"$work/account"; then break; fi
        ;;
    esac
    ((tries-- > 0)) || not "it does not come to rest: $stood stands, and status says $told; $(tail -n 1 "$work/account")"
    sleep 0.1
  done
  echo "$stood"
}

# killed_through BUILD PREPARE CMD…: the same at one step after the other, until a command comes to its end; what came of each is a
# line of $work/ends. A command that was told that it is done has BUILD stand.
killed_through() {
  local build=$1 prepare=$2 number end
  shift 2
  : >"$work/ends"
  for ((number = 1; ; number += kill_stride)); do
    "$prepare"
    killed_at "$number" "$@" || return 0
    end=$(at_rest) || not "killed at step $number of $1 $2: $end"
    if (($(cat "$work/done") == 0)) && [[ $end != "$build" ]]; then not "killed at step $number of $1 $2: it was told to be done, and $end stands"; fi
    echo "$end" >>"$work/ends"
  done
}

# in_place: (a) stands, and is confirmed.
in_place() {
  if [[ $(stands) != a ]]; then
    # A daemon that started anew has not asked the repository yet.
    suture look >"$work/look.json" || not "suture look: $(tail -n 1 "$work/look.json")"
    suture reapply "$library" >"$work/apply.json" || suture apply "$library" >"$work/apply.json" \
      || not "suture apply: $(tail -n 1 "$work/apply.json")"
  fi
  until_state confirmed 30
}

# account LABEL: of what the last walk left.
account() {
  echo "$(wc -l <"$work/ends") steps of $1, of which $(grep -c '^baseline$' "$work/ends" || true) left the old build and $(grep -c '^a$' "$work/ends" || true) the new"
}

killed_everywhere() {
  local told=""
  ((kill_stride > 0)) || not "SUTURE_KILL_STRIDE is to be 1 or more"
  # The rows after this one have the daemon as it was, whatever happens.
  trap 'harmless || true' EXIT
  deadly
  killed_through a anew suture apply "$library" --wait
  told=$(account "an apply")
  (($(wc -l <"$work/ends") > 10 / kill_stride)) || not "only $told"
  killed_through baseline in_place suture remove "$library"
  (($(wc -l <"$work/ends") > 3 / kill_stride)) || not "only $(account "a remove")"
  told+="; $(account "a remove")"
  in_place
  demand a
  if ((kill_stride > 1)); then told+=" (one in $kill_stride)"; fi
  echo "SIGKILL at $told; what stood was never between, and each time the next daemon brought it to rest with nginx on that build"
}
