# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # read and set by the caller: work, machine, library, suture_root
# The acceptance in a machine with Debian's own kernel and real ext4 (scripts/emulated): what is looked at there, and the rows of
# what a container cannot show. More of them in cuts.sh.
#
# The caller has sourced lib.sh and stage.sh. There is no outside from where to read such a machine's processes: the same
# functions read them inside, from its kernel.

container=$suture_root/scripts/emulated

# --- What stage.sh does from outside, done inside

# serve FOLDER PORT: copies a folder into the machine, and has it served there, in each boot.
serve() {
  strip -o "$work/suture-publish" "$(release_folder)/suture-publish"
  "$container" copy "$machine" "$work/suture-publish" /usr/local/bin/suture-publish
  beside tee /etc/systemd/system/repository.service >/dev/null <<UNIT
[Service]
ExecStart=/usr/local/bin/suture-publish serve /srv/repository --port $2
[Install]
WantedBy=multi-user.target
UNIT
  offer "$1"
  beside systemctl enable --quiet --now repository.service
}

# offer FOLDER: that is what is served from now on.
offer() {
  "$container" copy "$machine" "$1" /srv/repository
}

answer() {
  beside curl --silent --insecure --max-time 20 https://127.0.0.1/ || true
}

census() {
  beside tee /run/known <"$work/known" >/dev/null
  {
    declare -f mapped unit_of name_of
    # shellcheck disable=SC2016 # the other shell's
    echo 'set -euo pipefail; cd /; mapped /run/known /proc/[0-9]*/maps'
  } | beside bash -s
}

grafts() {
  beside cat /proc/1/mountinfo | cut -d ' ' -f 5 | grep -Fx -f <(cut -d ' ' -f 4 "$work/known" | sort -u) || true
}

# --- nginx under AppArmor

# with_apparmor: a profile for nginx that lets it serve and nothing else, enforced; and a page outside of it that every user may read.
with_apparmor() {
  beside mkdir -p /srv/outside
  beside tee /srv/outside/page >/dev/null <<<"nobody who is confined reads this"
  beside tee /etc/nginx/conf.d/outside.conf >/dev/null \
    <<<'server { listen 127.0.0.1:8081; location / { root /srv/outside; } }'
  beside tee /etc/apparmor.d/usr.sbin.nginx >/dev/null <<'PROFILE'
abi <abi/3.0>,
include <tunables/global>

profile nginx /usr/sbin/nginx {
  include <abstractions/base>
  include <abstractions/nameservice>
  include <abstractions/openssl>

  capability chown,
  capability dac_override,
  capability net_bind_service,
  capability setgid,
  capability setuid,

  signal (send, receive) peer=nginx,
  signal receive peer=unconfined,

  /usr/sbin/nginx mrix,
  /etc/nginx/** r,
  /etc/ssl/certs/nginx.crt r,
  /etc/ssl/private/nginx.key r,
  /usr/share/nginx/** r,
  /usr/lib/nginx/modules/*.so mr,
  /usr/share/GeoIP/** r,
  /var/lib/nginx/** rw,
  /var/log/nginx/* rw,
  /var/www/html/** r,
  /run/nginx.pid* rw,
}
PROFILE
  beside apparmor_parser --replace /etc/apparmor.d/usr.sbin.nginx
  beside systemctl restart nginx.service
  [[ $(answer) == served ]] || { echo "nginx does not answer under its profile" >&2 && return 1; }
}

# denials: what AppArmor denied in this boot, a line each.
denials() {
  beside journalctl --boot --no-pager --output cat --grep 'apparmor="DENIED"' || true
}

# --- The rows

the_machine() {
  local options features
  options=$(beside findmnt --noheadings --output FSTYPE,OPTIONS /var)
  [[ $options =~ ^ext4\ .*nosuid,nodev,noexec ]] || not "/var is mounted as $options"
  features=$(beside dumpe2fs -h /dev/vdb 2>/dev/null | sed -n 's/^Filesystem features: *//p')
  [[ $features == *verity* ]] || not "/var cannot have fs-verity: $features"
  echo "Linux $(beside uname -r), Debian's own; / and /var are ext4, /var a disk of its own: nosuid,nodev,noexec, and can have fs-verity"
}

vm_published() {
  published >"$work/fact-published"
  offer "$work/repository"
  cat "$work/fact-published"
}

vm_applied() {
  local started began restarted
  started=$(date +%s%N)
  suture look >"$work/look.json" || not "suture look: $(tail -n 1 "$work/look.json")"
  began=$(date +%s%N)
  suture apply "$library" --wait | stamped >"$work/apply.json" || not "suture apply: $(tail -n 1 "$work/apply.json")"
  restarted=$(last_restart "$work/apply.json")
  # For those who cut it off.
  echo "$(((restarted - began) / 1000000))" >"$work/took"
  echo "$(((restarted - started) / 1000000)) ms from the look to the last restart; confirmed after $((($(date +%s%N) - started) / 1000000)) ms"
}

confined() {
  local pid mode denied count=0
  demand a
  for pid in $(beside cat /sys/fs/cgroup/system.slice/nginx.service/cgroup.procs); do
    mode=$(beside cat "/proc/$pid/attr/current")
    [[ $mode == "nginx (enforce)" ]] || not "AppArmor says of process $pid of nginx: $mode"
    count=$((count + 1))
  done
  denied=$(denials | grep -v 'name="/srv/outside/' | head -n 1) || true
  [[ -z $denied ]] || not "AppArmor denied: $denied"
  denied=$(beside curl --silent --output /dev/null --write-out '%{http_code}' http://127.0.0.1:8081/page)
  [[ $denied == 403 ]] || not "a page outside of the profile was answered with $denied"
  denials | grep -q 'profile="nginx" name="/srv/outside/page"' || not "AppArmor tells of no denial"
  echo "nginx (enforce) of all $count processes; it serves over TLS with build a; no denial but that of a page that its profile does not name"
}

# stored: the store's files that stand somewhere now, as "FILE PATH" a line.
stored() {
  beside cat /proc/1/mountinfo | cut -d ' ' -f 4,5 | sed -n 's,^[^ ]*/lib/suture/store/\([^ ]*\) ,\1 ,p' | sort
}

sealed() {
  local file sealed=0 open=0 refused
  while read -r file _; do
    if [[ $(beside lsattr "/var/lib/suture/store/$file" </dev/null | cut -d ' ' -f 1) == *V* ]]; then
      sealed=$((sealed + 1))
      # shellcheck disable=SC2016 # the other shell's
      refused=$(beside sh -c 'printf x 2>&1 >>"$1"' sh "/var/lib/suture/store/$file" 2>&1 </dev/null) \
        && not "a write to the store's $file went through"
      [[ $refused == *"not permitted"* ]] || not "a write to the store's $file failed with: $refused"
    else
      open=$((open + 1))
    fi
  done < <(stored)
  if ((sealed == 0)); then echo "the $open files of the store have no fs-verity in this version" && exit 75; fi
  ((open == 0)) || not "$open files of the store have no fs-verity, $sealed have"
  echo "the $sealed files of the store have fs-verity: a write as root fails, operation not permitted"
}
