# shellcheck shell=bash
# shellcheck disable=SC2154 # the caller sets: work, machine, container, library
# The rows of the acceptance in which an emulated machine loses its power, or does not come up.
#
# The caller has sourced lib.sh, stage.sh and vm.sh.

# How often power is cut while an improvement is applied.
cuts=${SUTURE_CUTS:-5}

# machine_rows: those that an emulated machine can show.
machine_rows() {
  with_apparmor
  row "the machine" the_machine
  row "before: exposed" baseline
  row "published" vm_published
  row "applied" vm_applied
  row "improved in memory" in_memory
  row "nobody is exposed" protected
  row "confined by AppArmor" confined
  row "the store is sealed" sealed
  row "removed while mapped" removed_while_mapped
  row "tampered with while off" tampered
  row "power cut while applying" cut_while_applying
  row "a boot that panics" panicking
  row "started with suture.baseline=1" without_improvements
  row "three boots that are cut" cut_boots
}

# --- What they share

# unexposed SECONDS: until status says no more that something is exposed; services that started before the grafts were back are
# restarted by then.
unexposed() {
  local last=$((SECONDS + $1))
  until [[ $(verdict) != exposed ]]; do
    ((SECONDS < last)) || not "$1 s later status still says exposed: $(jq -c '[.components[].processes[] | select(.exposure == "exposed") | .service]' "$work/status.json")"
    sleep 1
  done
}

# stands: the one build that all files on the real paths are of: "baseline", "a", or "mixed".
stands() {
  on_disk | awk '{ count[$1]++; last = $1 } END { n = 0; for (label in count) n++; print n == 1 ? last : "mixed" }'
}

# verdict: what status says.
verdict() {
  { suture status || true; } | tee "$work/status.json" | jq -r .verdict
}

# told_of TEXT: what the history says with that text in it.
told_of() {
  { suture history --limit 100 || true; } | jq -r '.. | strings' | grep -F "$1" | tail -n 1
}

# --- Removed while mapped

removed_while_mapped() {
  local pid after left verified
  beside mkdir -p /etc/suture/units.d
  beside tee /etc/suture/units.d/holder.conf >/dev/null <<<$'[Unit]\nDoNotRestart=yes\nReason=it holds what it has'
  beside suture settings reload >/dev/null
  beside systemd-run --quiet --unit=holder -- openssl s_server -quiet -www -accept 4433 \
    -cert /etc/ssl/certs/nginx.crt -key /etc/ssl/private/nginx.key
  sleep 2
  pid=$(beside systemctl show --value --property MainPID holder.service)
  census >"$work/census"
  grep -q "^$pid holder.service openssl a " "$work/census" || not "what should hold the improved files does not map them"
  suture remove "$library" >"$work/remove.json" || not "suture remove: $(tail -n 1 "$work/remove.json")"
  demand baseline
  after=$(beside systemctl show --value --property MainPID holder.service)
  [[ $after == "$pid" ]] || not "process $pid was to run on; it is $after"
  [[ $(awk -v pid="$pid" '$1 == pid { print $4 }' "$work/census" | sort -u) == a ]] \
    || not "process $pid maps: $(awk -v pid="$pid" '$1 == pid' "$work/census")"
  beside curl --silent --insecure --max-time 20 https://127.0.0.1:4433/ | grep -q 'Ciphers supported' \
    || not "what holds the improved files does not serve any more"
  [[ -z $(grafts) ]] || not "mounts are left: $(grafts | words)"
  verified=$(beside dpkg --verify) || true
  left=$(grep -v ' c /etc/' <<<"$verified" || true)
  [[ -z $left ]] || not "dpkg --verify: $left"
  beside systemctl stop holder.service
  beside rm /etc/suture/units.d/holder.conf
  beside suture settings reload >/dev/null
  echo "process $pid serves on with build a that it maps; the files are the baseline's, no mount is left, dpkg --verify finds nothing on the whole machine"
}

# --- Tampered with while it was off

# overwrite FILE: of a file of the machine's /var, while it is off, the block in its middle; the file system's own records stay.
overwrite() {
  local disk block size length
  disk=$("$container" disk "$machine")
  # Of the file system, then of the file.
  size=$(dumpe2fs -h "$disk" 2>/dev/null | awk '/^Block size:/ { print $3 }')
  length=$(debugfs -R "stat $1" "$disk" 2>/dev/null | sed -n 's/.*Size: \([0-9]*\).*/\1/p' | head -n 1)
  block=$(debugfs -R "bmap $1 $((length / size / 2))" "$disk" 2>/dev/null)
  ((block > 0)) || not "there is no such file on the disk: $1"
  head -c "$size" /dev/urandom | dd of="$disk" bs="$size" seek="$block" conv=notrunc status=none
}

tampered() {
  local file path told read
  suture reapply "$library" >"$work/reapply.json" || not "suture reapply: $(tail -n 1 "$work/reapply.json")"
  demand a
  read -r file path < <(stored | grep libssl)
  "$container" off "$machine"
  overwrite "/lib/suture/store/$file"
  "$container" start "$machine"
  "$container" await "$machine"
  [[ $(stands) == baseline ]] || not "what stands is: $(on_disk | words)"
  told=$(verdict)
  [[ $told == exposed ]] || not "the baseline stands, and status says $told"
  told+=" and why: $(jq -r '.limits[]' "$work/status.json" | grep -F "a stored file")" || not "status does not say why: $(jq -c .limits "$work/status.json")"
  read="its bytes are read again before anything stands"
  if beside lsattr "/var/lib/suture/store/$file" | cut -d ' ' -f 1 | grep -q V; then
    read=$(beside cat "/var/lib/suture/store/$file" 2>&1 >/dev/null) && not "the damaged file is read as if it were whole"
    [[ $read == *"Input/output error"* ]] || not "the damaged file cannot be read: $read"
    read="reading it fails, input/output error"
  fi
  suture look >"$work/look.json" || not "suture look: $(tail -n 1 "$work/look.json")"
  suture apply "$library" >"$work/apply.json" || not "suture apply: $(tail -n 1 "$work/apply.json")"
  demand a
  echo "one block of ${path##*/} was overwritten on the disk: $read; status said $told; apply then went through"
}

# --- Power cut while an improvement is applied

# anew: the device knows nothing, and the baseline stands.
anew() {
  local tries=120
  suture remove "$library" >"$work/remove.json" || true
  # Process 1, which executed itself anew, answers nobody meanwhile.
  until beside systemctl stop sutured.service; do
    ((tries-- > 0)) || not "systemd does not stop sutured"
    sleep 1
  done
  beside bash -euc 'find /var/lib/suture -mindepth 1 -delete
    rm -f /run/suture/packages*
    sync
    systemctl start sutured.service'
  [[ -z $(grafts) ]] || not "mounts are left: $(grafts | words)"
  suture look >"$work/look.json" || not "suture look: $(tail -n 1 "$work/look.json")"
}

# begun: how far an apply had come when it was cut off: the last it told.
begun() {
  jq -rRn '[inputs | fromjson? | .event.station // empty] | last // "before the first"' "$work/apply.json"
}

# cut_once NUMBER: after a part of the time that an apply takes; adds "STATION STOOD" to $work/cuts.
cut_once() {
  local took teller stood told wrong
  took=$(cat "$work/took")
  suture apply "$library" >"$work/apply.json" 2>"$work/apply.err" &
  teller=$!
  sleep "$(awk -v took="$took" -v part="$1" -v parts="$cuts" 'BEGIN { print took / 1000 * (part - 0.5) / parts }')"
  "$container" cut "$machine" "$1" 2> >(tee -a "$work/lost" >&2)
  wait "$teller" || true
  "$container" start "$machine" --lossy
  "$container" await "$machine"
  stood=$(stands)
  [[ $stood == baseline || $stood == a ]] || not "cut $1, in $(begun): what stands is neither: $(on_disk | words)"
  wrong=$(beside journalctl --boot --dmesg --no-pager --output cat --grep 'EXT4-fs (error|warning)' | head -n 1) || true
  [[ -z $wrong ]] || not "cut $1, in $(begun): $wrong"
  suture look >"$work/look.json" || not "cut $1, in $(begun): suture look: $(tail -n 1 "$work/look.json")"
  if [[ $stood == a ]]; then unexposed 120; fi
  told=$(verdict)
  case $stood-$told in
    baseline-exposed | a-protected | a-pending) ;;
    *) not "cut $1, in $(begun): $stood stands, and status says $told" ;;
  esac
  (runs "$stood") >"$work/account" || not "cut $1, in $(begun): $(tail -n 1 "$work/account")"
  printf '%s %s\n' "$(begun)" "$stood" >>"$work/cuts"
  if [[ $stood == baseline ]]; then
    suture apply "$library" >"$work/apply.json" || not "cut $1: suture apply: $(tail -n 1 "$work/apply.json")"
  fi
  demand a
}

cut_while_applying() {
  local number
  : >"$work/cuts"
  : >"$work/lost"
  "$container" off "$machine"
  "$container" start "$machine" --lossy
  "$container" await "$machine"
  for ((number = 1; number <= cuts; number++)); do
    anew
    cut_once "$number"
  done
  echo "$cuts cuts, after which $(awk '{ all += $2; lost += $8 } END { print lost + 0 " of " all + 0 }' "$work/lost") pages that were not flushed were lost: $(awk '{ print $1 ": " ($2 == "a" ? "new" : "old") }' "$work/cuts" | paste -s -d , | sed 's/,/, /g'); never between, status said so, and apply then went through"
}

# --- Boots that fail

# panicking_build OLD.deb: the same build as a later version, in which what a boot runs to let users in begins with writing a letter
# to where the kernel takes it for the wish to panic.
panicking_build() {
  local folder=$work/panicking file entry
  dpkg-deb --raw-extract "$1" "$folder"
  file=$(find "$folder" -name systemd-user-sessions -type f)
  entry=$(readelf --file-header "$file" | awk '/Entry point/ { print $NF }')
  as -o "$work/panics.o" <<<"$(panic_code)
    path: .asciz \"/proc/sysrq-trigger\"
    letter: .ascii \"c\""
  objcopy --output-target=binary --only-section=.text "$work/panics.o" "$work/panics"
  dd if="$work/panics" of="$file" bs=1 seek="$(offset_of "$file" "$((entry))")" conv=notrunc status=none
  sed -i 's/^Version: .*/&+panics/' "$folder/DEBIAN/control"
  dpkg-deb --build --root-owner-group "$folder" "$work/panicking.deb" >/dev/null
  printf '%s\n' "$work/panicking.deb"
}

# panic_code: open(path, O_WRONLY), write(_, letter, 1), and no further.
panic_code() {
  if [[ $(dpkg --print-architecture) == arm64 ]]; then
    printf '%s\n' 'mov x0, #-100' 'adr x1, path' 'mov x2, #1' 'mov x8, #56' 'svc #0' \
      'adr x1, letter' 'mov x2, #1' 'mov x8, #64' 'svc #0' '1: b 1b'
  else
    # shellcheck disable=SC2016 # the assembler's
    printf '%s\n' 'lea path(%rip), %rdi' 'mov $1, %esi' 'mov $2, %eax' 'syscall' \
      'mov %eax, %edi' 'lea letter(%rip), %rsi' 'mov $1, %edx' 'mov $1, %eax' 'syscall' '1: jmp 1b'
  fi
}

# all_grafts: what stands of whatever improvement, a path a line.
all_grafts() {
  stored | cut -d ' ' -f 2
}

panicking() {
  local version deb panics told
  version=$(beside dpkg-query --show systemd | cut -f 2)
  deb=$("$container" debs "systemd=$version")
  panics=$(panicking_build "$deb")
  publish "$deb" "$panics" --advisory SUTURE-ACCEPTANCE-2 >/dev/null
  offer "$work/repository"
  suture look >"$work/look.json" || not "suture look: $(tail -n 1 "$work/look.json")"
  suture apply systemd --wait >"$work/apply.json" || not "suture apply: $(tail -n 1 "$work/apply.json")"
  all_grafts | grep -q systemd-user-sessions || not "it does not stand: $(all_grafts | words)"
  "$container" reboot "$machine"
  "$container" console "$machine" | grep -aq 'Kernel panic' || not "the kernel did not panic"
  told=$(told_of "systemd is left out")
  [[ -n $told ]] || not "the history does not say that it was left out"
  demand a
  # It would be tried again in the next boot.
  publisher withdraw systemd 1 --reason "It panics the kernel."
  publisher publish "$work/repository"
  offer "$work/repository"
  suture look >"$work/look.json" || not "suture look: $(tail -n 1 "$work/look.json")"
  ! all_grafts | grep -q systemd-user-sessions || not "it was withdrawn, and stands"
  echo "the kernel panicked, and the next boot came up by itself: $told; nginx runs (a)"
}

without_improvements() {
  local told
  "$container" off "$machine"
  "$container" start "$machine" suture.baseline=1
  "$container" await "$machine"
  [[ -z $(all_grafts) ]] || not "this stands: $(all_grafts | words)"
  demand baseline
  told=$(verdict)
  [[ $told == exposed ]] || not "the baseline stands, and status says $told"
  jq -r '.. | strings' "$work/status.json" | grep -qF suture.baseline=1 || not "status does not say why"
  echo "none stands, nginx runs the baseline, and status says $told and why"
}

# early: until what stands at boot stands, while the machine is not up yet.
early() {
  local last=$((SECONDS + 900))
  until [[ $(beside systemctl show --value --property ActiveState suture-boot.service 2>/dev/null) == active ]]; do
    ((SECONDS < last)) || not "suture-boot.service does not come to its end"
    sleep 0.3
  done
  [[ $(beside systemctl is-system-running 2>/dev/null) =~ ^(initializing|starting)$ ]] || not "the machine was up before it could be cut"
}

cut_boots() {
  local number told
  "$container" off "$machine"
  "$container" start "$machine"
  for number in 1 2 3; do
    early
    (($(grafts | wc -l) > 0)) || not "in boot $number, before it was cut, nothing stood"
    "$container" cut "$machine"
    "$container" start "$machine"
  done
  early
  [[ -z $(all_grafts) ]] || not "after three boots that did not come up this stands: $(all_grafts | words)"
  "$container" await "$machine"
  told=$(told_of "$library is left out")
  [[ $told == *"3 boots"* ]] || not "the history says: $told"
  unexposed 120
  demand a
  echo "with (a), which had come up before, three boots were cut; the fourth began without anything: $told; once it was up (a) stood again"
}
