# shellcheck shell=bash
# shellcheck disable=SC2154 # the caller sets: work, machine, container
# The rows of the acceptance in which the machine starts anew while the improvement (a) stands.
#
# The caller has sourced lib.sh and stage.sh.

rebooted() {
  local ready started before early sysinit left tries=100
  end_servers
  "$container" reboot "$machine"
  serve "$work/repository" 8080
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
  "$container" soft-reboot "$machine"
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
