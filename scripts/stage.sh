# shellcheck shell=bash
# shellcheck disable=SC2154 # the caller sets: suture_root, work, machine
# What the acceptance and the comparison do with a machine of scripts/container, and what they look at: from outside, with
# this machine's own tools, so that nothing is believed that Suture says of itself.
#
# The caller has sourced lib.sh, and has set `work` (a folder of its own), `machine` (a name) and `library` (a package).

container=$suture_root/scripts/container

# inside CMD…: in the machine, as a unit of its systemd.
inside() {
  "$container" exec "$machine" -- "$@"
}

# beside CMD…: in the machine's namespaces, without its systemd or its bus.
beside() {
  "$container" enter "$machine" -- "$@"
}

# --- Publishing, on this machine

# os_release NAME: what a machine of scripts/container says of its system (os-release(5)).
os_release() {
  # shellcheck disable=SC1090,SC1091 # the tree's
  (. "$("$container" tree 2>/dev/null)/usr/lib/os-release" && printf '%s\n' "${!1}")
}

# operating_system: the release as Suture names it, such as debian-12.
operating_system() {
  printf '%s-%s\n' "$(os_release ID)" "$(os_release VERSION_ID)"
}

# publisher ARGUMENT…: suture-publish over our workspace; its account is kept, and shown where it fails.
publisher() {
  "$(release_folder)/suture-publish" "$@" --workspace "$work/workspace" --json >>"$work/publisher.log" \
    || { tail -n 3 "$work/publisher.log" && return 1; } >&2
}

# start_repository: an empty one, published, so that a device finds that there is nothing yet.
start_repository() {
  "$(release_folder)/suture-publish" init "$work/workspace" --os "$(operating_system)" \
    --arch "$(dpkg --print-architecture)" --json >>"$work/publisher.log"
  publisher publish "$work/repository"
}

# serve FOLDER PORT: serves a folder on the machine's loopback, from outside the machine.
serve() {
  local leader log=$work/serve-$2.log
  leader=$("$container" leader "$machine")
  nsenter --target "$leader" --net -- "$(release_folder)/suture-publish" serve "$1" --port "$2" --json \
    </dev/null >"$log" 2>&1 &
  echo $! >>"$work/servers"
  local tries=200
  until grep -q '"listening"' "$log" 2>/dev/null; do
    ((tries-- > 0)) || { cat "$log" >&2 && return 1; }
    sleep 0.05
  done
}

# end_servers: ends all that serve started.
end_servers() {
  [[ -e $work/servers ]] || return 0
  # shellcheck disable=SC2046 # one process a word
  kill $(cat "$work/servers") 2>/dev/null || true
  rm -f "$work/servers"
}

# --- The machine

# with_tls: nginx answers HTTPS with a certificate of its own, so that it needs the library before it serves.
with_tls() {
  beside bash -euc '
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 30 \
      -keyout /etc/ssl/private/nginx.key -out /etc/ssl/certs/nginx.crt 2>/dev/null
    printf "server {\n listen 443 ssl;\n ssl_certificate /etc/ssl/certs/nginx.crt;\n" >/etc/nginx/conf.d/tls.conf
    printf " ssl_certificate_key /etc/ssl/private/nginx.key;\n location / { return 200 served\\\\n; }\n}\n" >>/etc/nginx/conf.d/tls.conf
    systemctl restart nginx'
  [[ $(answer) == served ]] || { echo "nginx does not answer over TLS" >&2 && return 1; }
}

# answer: what nginx says over TLS.
answer() {
  nsenter --target "$("$container" leader "$machine")" --net -- \
    curl --silent --insecure --max-time 5 https://127.0.0.1/ || true
}

# with_suture: the programs, the units, the package manager's hooks, the settings and the publisher's root, as
# docs/operating.md says; `probation_time` and `retry_after` are settings.
with_suture() {
  local program packaging=$suture_root/packaging
  for program in suture sutured suture-graft suture-packages; do
    strip -o "$work/$program" "$(release_folder)/$program"
    "$container" copy "$machine" "$work/$program" "/usr/bin/$program"
  done
  for program in sutured suture-boot; do
    "$container" copy "$machine" "$packaging/systemd/$program.service" "/usr/lib/systemd/system/$program.service"
  done
  "$container" copy "$machine" "$packaging/apt/50suture" /etc/apt/apt.conf.d/50suture
  "$container" copy "$machine" "$packaging/dpkg/suture" /etc/dpkg/dpkg.cfg.d/suture
  "$container" copy "$machine" "$packaging/needrestart/Suture.pm" /usr/share/perl5/NeedRestart/Interp/Suture.pm
  beside mkdir -p /etc/suture/trust
  "$container" copy "$machine" "$work/workspace/metadata/1.root.json" /etc/suture/trust/root.json
  beside tee /etc/suture/sutured.conf >/dev/null <<SETTINGS
[Device]
OperatingSystem=$(operating_system)
Architecture=$(dpkg --print-architecture)
Automatic=off
LookInterval=1d
ProbationTime=${probation_time:-5s}
RetryAfter=${retry_after:-1h 1d 7d}
[Repository]
Address=http://127.0.0.1:8080/
SETTINGS
  beside systemctl daemon-reload
  beside systemctl enable --quiet suture-boot.service
  beside systemctl enable --quiet --now sutured.service \
    || { beside journalctl --boot --unit sutured.service --no-pager | tail -n 20 && return 1; } >&2
}

# suture ARGUMENT…: the owner's program in the machine, as JSON.
suture() {
  beside suture "$@" --json
}

# stamped: lines of JSON from standard input, each with the nanosecond at which it came.
stamped() {
  local line
  while IFS= read -r line; do printf '{"at": %s, "line": %s}\n' "$(date +%s%N)" "$line"; done
}

# last_restart FILE: the nanosecond at which the last restart was told.
last_restart() {
  jq -s '[.[] | select(.line.event.station == "restart") | .at] | max' "$1"
}

# --- What the kernel says, read from outside

# know LABEL DEB: every library and program of a build is known by a label from now on. A file that is the same in two builds
# has both labels, joined by a stroke; what no improvement changes is left out.
know() {
  local folder=$work/deb-$1 path
  rm -rf "$folder"
  mkdir -p "$folder"
  dpkg-deb --extract "$2" "$folder"
  while IFS= read -r path; do
    printf '%s %s %s /%s\n' "$(sha256sum <"$folder/$path" | cut -d ' ' -f 1)" "$(stat --format %s "$folder/$path")" \
      "$1" "${path/#lib/usr/lib}"
  done < <(cd "$folder" && find . -type f \( -name '*.so*' -o -path '*bin/*' \) -printf '%P\n' | sort) >>"$work/builds"
  awk '{ key = $1 " " $2; path[key] = $4; label[key] = label[key] (label[key] ? "/" : "") $3 }
    END { for (key in label) if (label[key] !~ /^baseline\//) print key, label[key], path[key] }' \
    "$work/builds" | sort -k 4 >"$work/known"
}

# census: which process of the machine runs which build of the library: "PID UNIT NAME LABEL PATH" a line.
census() {
  local leader process pids=()
  leader=$("$container" leader "$machine")
  for process in /proc/[0-9]*; do
    if [[ $process/ns/pid -ef /proc/$leader/ns/pid ]]; then pids+=("$process/maps"); fi
  done
  mapped "$work/known" "${pids[@]}"
}

# mapped KNOWN MAPS…: the same of these processes. The mapped bytes themselves are digested, through the kernel's link to the
# mapped file, whatever its name is by now.
mapped() {
  local known=$1 pid identity file label path
  declare -A digests=()
  shift
  # By grep, because awk ends at the first process that has ended meanwhile; and only what has the size of something known.
  grep -sH ' ..x. ' "$@" | awk '$5 != 0 {
      split($1, part, "[/:]"); split(part[5], range, "-"); sub(/^0+/, "", range[1]); sub(/^0+/, "", range[2])
      if (!seen[part[3], $4, $5]++) print "/proc/" part[3] "/map_files/" range[1] "-" range[2]
    }' | xargs --no-run-if-empty stat --dereference --format '%s %d:%i %n' 2>/dev/null \
    | awk 'NR == FNR { sizes[$2]; next } $1 in sizes { print $2, $3 }' "$known" - | while read -r identity file; do
    if [[ -z ${digests[$identity]:-} ]]; then
      digests[$identity]=$(sha256sum "$file" 2>/dev/null | cut -d ' ' -f 1) || continue
    fi
    pid=${file#/proc/}
    pid=${pid%%/*}
    while read -r _ _ label path; do
      printf '%s %s %s %s %s\n' "$pid" "$(unit_of "$pid")" "$(name_of "$pid")" "$label" "$path"
    done < <(grep "^${digests[$identity]:-none} " "$known")
  done || true
}

# unit_of PID: the unit that a process belongs to, by its control group.
unit_of() {
  local group
  group=$(sed -n 's/^0:://p' "/proc/$1/cgroup" 2>/dev/null) || true
  grep -oE '[^/]+\.(service|scope)' <<<"$group" | tail -n 1 || echo none
}

name_of() {
  tr ' ' '_' 2>/dev/null <"/proc/$1/comm" || echo gone
}

# processes_of UNIT: how many processes are in its control group.
processes_of() {
  beside cat "/sys/fs/cgroup/system.slice/$1/cgroup.procs" | wc -l
}

# units: every running service of the machine and what would change if it were started again:
# "NAME INVOCATION MAINPID SINCE" a line, SINCE in microseconds of the machine's clock.
units() {
  beside systemctl show '*.service' --property Id,SubState,InvocationID,MainPID,ActiveEnterTimestampMonotonic \
    | awk -F = '
        { field[$1] = $2 }
        function tell() {
          if (field["SubState"] == "running" && field["Id"] !~ /^run-/)
            print field["Id"], field["InvocationID"], field["MainPID"], field["ActiveEnterTimestampMonotonic"]
          delete field
        }
        /^$/ { tell() }
        END { tell() }' | sort
}

# restarted BEFORE AFTER: of the units of the first list, those that are not the same in the second.
restarted() {
  join -j 1 -a 1 -o '1.1 1.2 1.3 1.4 2.2 2.3 2.4' "$1" "$2" | awk '$2 != $5 || $3 != $6 || $4 != $7 { print $1 }'
}

# on_disk: which build each known file is, as the machine's programs would open it now: "LABEL PATH" a line.
on_disk() {
  local digest path paths=()
  mapfile -t paths < <(cut -d ' ' -f 4 "$work/known" | sort -u)
  beside sha256sum "${paths[@]}" | while read -r digest path; do
    awk -v digest="$digest" -v path="$path" \
      '$1 == digest { label = $3 } END { print label ? label : "unknown", path }' "$work/known"
  done
}

# grafts: the machine's mounts that stand on a single file of the library's package.
grafts() {
  local leader
  leader=$("$container" leader "$machine")
  awk '{ print $5 }' "/proc/$leader/mountinfo" | grep -Fx -f <(cut -d ' ' -f 4 "$work/known" | sort -u) || true
}
