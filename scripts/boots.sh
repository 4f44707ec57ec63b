# shellcheck shell=bash
# shellcheck disable=SC2154 # the caller sets: work, machine, container
# The rows of the acceptance in which the machine starts anew while the improvement (a) stands.
#
# The caller has sourced lib.sh and stage.sh.

# rebooting: a reboot, and the repository is served again.
rebooting() {
  end_servers
  "$container" reboot "$machine"
  serve "$work/repository" 8080
}

rebooted() {
  local ready started before early sysinit left tries=100
  rebooting
  demand a
  ready=$(beside systemctl show --value --property ActiveEnterTimestampMonotonic sutured.service)
  started=$(beside systemctl show --value --property ExecMainStartTimestampMonotonic nginx.service)
  ((ready > 0 && ready < started)) || not "nginx started at $started us, sutured was ready at $ready us"
  early=$(beside systemctl show --value --property ActiveEnterTimestampMonotonic suture-boot.service)
  sysinit=$(beside systemctl show --value --property ActiveEnterTimestampMonotonic sysinit.target)
  ((early > 0 && early <= sysinit)) || not "suture-boot was done at $early us, sysinit.target at $sysinit us"
  before=$(((started - ready) / 1000))
  # By systemd's own clock, and not by its journal: journald is restarted meanwhile, and lines are lost.
  left=$(beside systemctl show --value --property ActiveExitTimestampMonotonic nginx.service)
  ((left == 0)) || not "nginx was started again: it ended at $left us"
  # What started before the grafts were back, as systemd itself did, is restarted by itself.
  until [[ $(suture status | jq -r .verdict) != exposed ]]; do
    ((tries-- > 0)) || not "ten seconds later status still says exposed"
    sleep 0.1
  done
  echo "the grafts stood $(((started - early) / 1000)) ms and sutured was ready $before ms before nginx started, once; nginx maps build a"
}

soft_rebooted() {
  local version count tries=100 early sysinit
  version=$(beside systemctl --version | awk 'NR == 1 { print $2 }')
  if ((version < 254)); then echo "systemd $version knows no soft reboot: scripts/acceptance --release trixie" && exit 75; fi
  count=$(grafts | wc -l)
  "$container" soft-reboot "$machine" -- suture reboot --yes
  (($(grafts | wc -l) == count)) || not "of $count grafts $(grafts | wc -l) stand"
  demand a
  early=$(beside systemctl show --value --property ActiveEnterTimestampMonotonic suture-boot.service)
  sysinit=$(beside systemctl show --value --property ActiveEnterTimestampMonotonic sysinit.target)
  ((early > 0 && early <= sysinit)) || not "suture-boot was done at $early us, sysinit.target at $sysinit us"
  until [[ $(suture status | jq -r .verdict) != exposed ]]; do
    ((tries-- > 0)) || not "ten seconds later status still says exposed"
    sleep 0.1
  done
  echo "systemd $version: $count grafts stood before sysinit.target again; nginx maps build a"
}

# c_library: Debian's pair of it, which every process maps and which changes places only when the machine starts.
c_library() {
  local left waiting count tries=100
  another libc6
  suture apply libc6 >"$work/apply.json" || not "suture apply: $(tail -n 1 "$work/apply.json")"
  suture status | jq '.components[] | select(.stream | endswith("/libc6"))' >"$work/component" || true
  # Of what differs, that which the improvement brings: most modules have another identity only.
  grep -F -f <(jq -r '.files[] | " /" + .' "$work/component") "$work/known" >"$work/brought"
  mv "$work/brought" "$work/known"
  left=$(jq -r .state "$work/component")
  [[ $left == staged && -z $(grafts) ]] || not "it is $left and stands at $(grafts | words)"
  left=$(suture reboot --dry-run | jq -r '.takesPlace | join(", ")')
  [[ $left == "libc6 (a)" ]] || not "a reboot would put in place: ${left:-nothing}"
  rebooting
  left=$(on_disk | awk '$1 != "a" { print $2 }' | words)
  [[ -z $left ]] || not "another build on disk: $left"
  # What started before the grafts were back, process 1 first of all, is started anew or waits for its owner.
  until
    census >"$work/census"
    left=$(awk '$4 != "a" { print $2 }' "$work/census" | words)
    waiting=$(suture status | jq -r '.components[] | select(.stream | endswith("/libc6")).processes[]
      | select(.exposure == "pending").service' | words) || true
    [[ $left == "$waiting" ]]
  do
    ((tries-- > 0)) || not "ten seconds later the baseline's code runs in $left; said to wait for their owner: ${waiting:-none}"
    sleep 0.1
  done
  count=$(awk '$4 == "a" { print $1 }' "$work/census" | sort -u | wc -l)
  suture remove libc6 >"$work/remove.json" || not "suture remove: $(tail -n 1 "$work/remove.json")"
  left=$(on_disk | awk '$1 != "a" { print $2 }' | words)
  [[ -z $left ]] || not "taken off while the machine ran: $left"
  rebooting
  left=$(on_disk | awk '$1 != "baseline" { print $2 }' | words)
  [[ -z $left ]] || not "not taken off by the reboot: $left"
  left=$(beside dpkg --verify libc6) || not "dpkg --verify libc6: $left"
  [[ -z $left ]] || not "dpkg --verify libc6: $left"
  echo "$(cat "$work/bytes") bytes, ready and nothing changed; from the reboot on $count processes map the improved one, process 1 too, and the baseline's ${waiting:-none}; removed, it stood until the next reboot, and dpkg --verify libc6 finds nothing"
}
