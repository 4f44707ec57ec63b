# shellcheck shell=bash
# shellcheck disable=SC2154 # the caller sets: suture_root, work, machine, container, old, new, old_deb, new_deb
# shellcheck disable=SC2016 # what a shell in the machine is to expand
# The rows of the acceptance in which the package manager works while improvements stand: apt, a bare dpkg,
# unattended-upgrades, needrestart; with the daemon and without it.
#
# The caller has sourced lib.sh, stage.sh and compare.sh. The improvement (a) stands when the first row begins, and carries
# the very files of the new package.

# other_deb VERSION [POSTINST]: a package that has nothing to do with the library, in the machine as /root/other.deb.
other_deb() {
  local folder=$work/other
  rm -rf "$folder"
  mkdir -p "$folder/DEBIAN" "$folder/usr/share/suture-other"
  echo "$1" >"$folder/usr/share/suture-other/version"
  printf 'Package: suture-other\nVersion: %s\nArchitecture: all\nMaintainer: Nobody <n@example.org>\nDescription: other\n' \
    "$1" >"$folder/DEBIAN/control"
  if [[ -n ${2:-} ]]; then
    printf '#!/bin/sh\n%s\n' "$2" >"$folder/DEBIAN/postinst"
    chmod 755 "$folder/DEBIAN/postinst"
  fi
  dpkg-deb --build --root-owner-group "$folder" "$work/other.deb" >/dev/null
  "$container" copy "$machine" "$work/other.deb" /root/other.deb
}

# apt ARGUMENT…: apt-get in the machine, as its administrator runs it; what it printed is kept, and shown where it fails.
apt() {
  inside env DEBIAN_FRONTEND=noninteractive apt-get --yes --quiet "$@" >"$work/apt.log" 2>&1 \
    || not "apt-get $*: $(tail -n 5 "$work/apt.log" | paste -s -d ' ')"
}

# graft_mounts: the numbers of the grafts' mounts, which another mount of the same file would not have.
graft_mounts() {
  local leader
  leader=$("$container" leader "$machine")
  awk 'NR == FNR { path[$1]; next } $5 in path { print $1, $5 }' \
    <(cut -d ' ' -f 4 "$work/known" | sort -u) "/proc/$leader/mountinfo" | sort
}

# state_of COMPONENT: "STATE DETAIL" as the owner sees it.
state_of() {
  # What waits for its owner makes the machine exposed, which is no failure of the question.
  { suture status || true; } | jq -r --arg component "$1" \
    '.components[] | select(.stream | endswith("/" + $component)) | "\(.state) \(.detail)"'
}

# await_standing COUNT: waits, ten seconds at most, until so many grafts stand again.
await_standing() {
  local tries=100
  until (($(grafts | wc -l) == $1)); do
    ((tries-- > 0)) || not "ten seconds later $(grafts | wc -l) grafts stand, and not $1: $(beside cat /run/suture/packages 2>&1)"
    sleep 0.1
  done
}

verified_while_grafted() {
  local told
  told=$(beside dpkg --verify "$library" || true)
  [[ "$(awk '{ print $1, $NF }' <<<"$told" | sort)" == "$(grafts | sed 's/^/??5?????? /' | sort)" ]] \
    || not "dpkg --verify $library says: $told; grafted: $(grafts | words)"
  echo "dpkg --verify names the $(grafts | wc -l) grafted files, by their digests, and nothing else"
}

other_package() {
  local before after
  units >"$work/units-before"
  before=$(graft_mounts)
  other_deb 1
  apt install /root/other.deb
  after=$(graft_mounts)
  [[ -n $before && $before == "$after" ]] || not "other mounts than before: $before; $after"
  units >"$work/units-after"
  [[ -z $(restarted "$work/units-before" "$work/units-after") ]] || not "restarted: $(restarted "$work/units-before" "$work/units-after" | words)"
  demand a
  echo "apt-get install of another package: the very same $(wc -l <<<"$before") mounts stand, and nothing was restarted"
}

bare_dpkg() {
  local count seen first left
  count=$(grafts | wc -l)
  # Services that start meanwhile map the baseline's library; one of them is never restarted unattended.
  other_deb 2 'grep -c " /usr/lib/.*libssl.so.3 " /proc/self/mountinfo >/root/seen; systemctl restart nginx systemd-logind'
  inside dpkg --install /root/other.deb >"$work/dpkg.log" 2>&1 || not "dpkg: $(tail -n 3 "$work/dpkg.log" | paste -s -d ' ')"
  seen=$(beside cat /root/seen) || true
  [[ $seen == 0 ]] || not "while dpkg worked $seen grafts stood over libssl.so.3"
  (($(grafts | wc -l) == count)) || not "of $count grafts $(grafts | wc -l) stand again: $(paste -s -d ' ' "$work/dpkg.log")"
  demand a
  left=$(awk '$4 == "baseline" { print $2 }' "$work/census" | words)
  [[ $left == systemd-logind.service ]] || not "the baseline's code runs in: ${left:-nothing}"
  beside needrestart -b >"$work/needrestart" 2>&1 || true
  grep -qx 'NEEDRESTART-SVC: systemd-logind.service' "$work/needrestart" \
    || not "needrestart does not list it: $(paste -s -d ' ' "$work/needrestart")"
  beside mv /usr/share/perl5/NeedRestart/Interp/Suture.pm /root/
  beside needrestart -b >"$work/needrestart" 2>&1 || true
  beside mv /root/Suture.pm /usr/share/perl5/NeedRestart/Interp/
  if grep -q '^NEEDRESTART-SVC: systemd-logind' "$work/needrestart"; then not "needrestart knows without our help"; fi
  first=$(attended systemd-logind.service)
  census >"$work/census"
  left=$(awk '$4 == "baseline" { print $2 }' "$work/census" | words)
  [[ -z $left ]] || not "the baseline's code still runs in $left"
  echo "none stood while dpkg worked, $count stand again; what started meanwhile was restarted onto (a), needrestart lists systemd-logind.service; ${first% }"
}

# A dpkg that is killed between unpacking the very package and configuring it: no hook tells that it is done.
dpkg_killed() {
  local count state
  count=$(grafts | wc -l)
  # What runs a package's script is dpkg, and it unpacks both before it configures either.
  other_deb 3 'if [ ! -e /root/killed ]; then touch /root/killed; kill -KILL "$PPID"; fi'
  "$container" copy "$machine" "$old_deb" /root/library.deb
  if inside dpkg --install /root/other.deb /root/library.deb >"$work/dpkg.log" 2>&1; then not "dpkg was not killed"; fi
  state=$(beside dpkg-query --showformat='${db:Status-Status}' --show "$library")
  [[ $state == unpacked ]] || not "the package is $state: $(tail -n 3 "$work/dpkg.log" | paste -s -d ' ')"
  await_standing "$count"
  settled a
  inside dpkg --configure --pending >"$work/dpkg.log" 2>&1 || not "dpkg --configure: $(tail -n 3 "$work/dpkg.log" | paste -s -d ' ')"
  await_standing "$count"
  settled a
  [[ -z $(beside dpkg --audit) ]] || not "dpkg --audit: $(beside dpkg --audit)"
  echo "dpkg was killed with the package unpacked and not configured: once its lock was free $count grafts stood again, over the new files; dpkg --configure --pending went through, and they stand"
}

reinstalled_without_daemon() {
  local count
  count=$(grafts | wc -l)
  beside systemctl stop sutured
  "$container" copy "$machine" "$old_deb" /root/library.deb
  apt install --reinstall --allow-downgrades /root/library.deb
  [[ -z $(grafts) ]] || not "grafts stand though nobody is there to put them back: $(grafts | words)"
  [[ -z $(beside dpkg --verify "$library") ]] || not "dpkg --verify: $(beside dpkg --verify "$library")"
  # A process of its own that maps the file which is new to the kernel.
  beside systemctl restart nginx
  beside systemctl start sutured
  await_standing "$count"
  settled a
  echo "apt-get install --reinstall of the very package with sutured dead: it went through, dpkg --verify was clean; the next sutured put $count grafts back and restarted nginx"
}

# settled BUILD: waits, some seconds at most, until nginx runs a build: what started meanwhile is restarted only afterwards.
settled() {
  local tries=60
  until (runs "$1") >/dev/null; do
    ((tries-- > 0)) || demand "$1"
    sleep 0.1
  done
}

unattended() {
  local folder release state left package newest debs
  release=$(os_release VERSION_CODENAME)
  # All that is older than the archive's.
  debs=("$new_deb" "$openssl_deb")
  for package in nginx nginx-common libexpat1 libc6; do
    if read -r _ newest < <("$container" versions "$package"); then debs+=("$("$container" debs "$package=$newest")"); fi
  done
  folder=$(mirror "$release" "${debs[@]}")
  serve "$folder" 8081
  beside bash -euc '
    mirror="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://127.0.0.1:8081"
    rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
    echo "Acquire::Languages \"none\";" >/etc/apt/apt.conf.d/90-no-translations
    printf "deb $mirror/debian %s main\n" "$1" "$1-updates" >/etc/apt/sources.list
    echo "deb $mirror/debian-security $1-security main" >>/etc/apt/sources.list
    apt-get update -qq --error-on=any' apt "$release" >&2
  inside unattended-upgrade --verbose >"$work/unattended.log" 2>&1 \
    || not "unattended-upgrade: $(tail -n 5 "$work/unattended.log" | paste -s -d ' ')"
  [[ $(beside dpkg-query --showformat='${Version}' --show "$library") == "$new" ]] \
    || not "$library was not upgraded: $(tail -n 5 "$work/unattended.log" | paste -s -d ' ')"
  [[ -z $(grafts) ]] || not "grafts stand over the newer package: $(grafts | words)"
  state=$(state_of "$library")
  [[ $state == "retired $new" ]] || not "the improvement is $state"
  demand a
  left=$(awk '$4 == "baseline" && $2 != "systemd-logind.service" { print $2 }' "$work/census" | words)
  [[ -z $left ]] || not "the baseline's code runs in $left"
  echo "unattended-upgrades installed $new under a standing graft: it stepped aside, is retired, and nginx runs the package's own file"
}

verified_at_the_end() {
  local told
  told=$(beside dpkg --verify) || true
  [[ -z $told ]] || not "dpkg --verify: $(paste -s -d ' ' <<<"$told")"
  [[ -z $(beside dpkg --audit) ]] || not "dpkg --audit: $(beside dpkg --audit)"
  [[ $(state_of "$library") == retired* ]] || not "$library is $(state_of "$library")"
  echo "dpkg --verify and dpkg --audit find nothing on the whole machine"
}

# package_rows: all of them, in turn.
package_rows() {
  row "dpkg --verify while grafted" verified_while_grafted
  row "apt: another package" other_package
  row "a bare dpkg" bare_dpkg
  row "a dpkg that is killed" dpkg_killed
  row "reinstalled, sutured dead" reinstalled_without_daemon
  row "upgraded unattended: retired" unattended
  row "dpkg --verify at the end" verified_at_the_end
}
