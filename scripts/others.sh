# shellcheck shell=bash
# shellcheck disable=SC2154 # the caller sets: work, machine, container, old_deb, new_deb
# The rows of the acceptance about other components, while the library's improvement (a) stands: nginx's own program, and a library of
# a service that waits for its owner.
#
# The caller has sourced lib.sh, stage.sh and load.sh.

# another PACKAGE: publishes Debian's pair of it; from now on what is known of builds is known of that.
another() {
  local old new debs
  read -r old new < <("$container" versions "$1") || { echo "the archive has one version of $1 only" && exit 75; }
  mapfile -t debs < <("$container" debs "$1=$old" "$1=$new")
  ((${#debs[@]} == 2)) || not "$1 could not be fetched"
  publish "${debs[@]}" >"$work/bytes"
  rm -f "$work/builds" "$work/known"
  know baseline "${debs[0]}"
  know a "${debs[1]}"
  suture look >"$work/look.json" || not "suture look: $(tail -n 1 "$work/look.json")"
}

# library_again: what is known is known of the library again.
library_again() {
  rm -f "$work/builds" "$work/known"
  know baseline "$old_deb"
  know a "$new_deb"
  if [[ -e $work/crashing.deb ]]; then know b "$work/crashing.deb"; fi
}

# all_run LABEL UNIT: whether every process of a unit maps that build of what is known, and none another.
all_run() {
  local count other
  census >"$work/census"
  other=$(awk -v label="$1" -v unit="$2" '$2 == unit && $4 != label' "$work/census" | head -n 1)
  [[ -z $other ]] || not "another build is mapped: $other"
  count=$(awk -v unit="$2" '$2 == unit { print $1 }' "$work/census" | sort -u | wc -l)
  ((count > 0 && count == $(processes_of "$2"))) || not "$count processes of $2 map build $1"
}

# nginx's own program, under load: no other service is touched, and nobody is turned away, in both directions.
program() {
  local other before served
  all_run baseline nginx.service
  before=$(beside systemctl show --value --property InvocationID nginx.service)
  units >"$work/units-before"
  start_load
  suture apply nginx --wait >"$work/apply.json" || not "suture apply: $(tail -n 1 "$work/apply.json")"
  all_run a nginx.service
  suture remove nginx >"$work/remove.json" || not "suture remove: $(tail -n 1 "$work/remove.json")"
  end_load >"$work/loaded"
  all_run baseline nginx.service
  units >"$work/units-after"
  other=$(restarted "$work/units-before" "$work/units-after" | words)
  [[ $other == nginx.service ]] || not "restarted: $other"
  [[ $(beside systemctl show --value --property InvocationID nginx.service) == "$before" ]] || not "systemd started nginx anew"
  unrefused >"$work/served"
  read -r served _ <"$work/loaded"
  echo "$(cat "$work/bytes") bytes; nginx's program was replaced and put back, by nginx's own upgrade: the unit is the same, and of $served requests meanwhile none was refused"
}

# A library that D-Bus maps, which is never restarted unattended: in place, said, and nothing is restarted.
library_of_dbus() {
  local waiting other
  census >"$work/census"
  waiting=$(awk '$4 == "baseline" { print $2 }' "$work/census" | words)
  [[ $waiting == *dbus.service* ]] || not "mapped by ${waiting:-nobody}"
  units >"$work/units-before"
  suture apply libexpat1 >"$work/apply.json" || not "suture apply: $(tail -n 1 "$work/apply.json")"
  units >"$work/units-after"
  census >"$work/census"
  other=$(awk '$4 == "baseline" { print $2 }' "$work/census" | words)
  suture status >"$work/status.json" || true
  waiting=$(jq -r '.components[] | select(.stream | endswith("/libexpat1")) | .processes[] | select(.exposure == "pending") | .service' \
    "$work/status.json" | words)
  [[ $other == "$waiting" && $waiting == *dbus.service* ]] || not "the baseline's code runs in $other; status says that $waiting wait"
  other=$(restarted "$work/units-before" "$work/units-after" | words)
  suture remove libexpat1 >"$work/remove.json" || not "suture remove: $(tail -n 1 "$work/remove.json")"
  echo "$(cat "$work/bytes") bytes; restarted: ${other:-nothing}; of $waiting, which nobody restarts unattended, status says that they wait, and they alone run the old build"
}

itself() {
  another nginx
  program
}

expat() {
  another libexpat1
  library_of_dbus
}

# other_rows: all of them, in turn.
other_rows() {
  row "nginx's own program" itself
  row "a library of D-Bus" expat
  row "the C library" c_library
  library_again
}
