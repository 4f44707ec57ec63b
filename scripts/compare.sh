# shellcheck shell=bash
# shellcheck disable=SC2154 # the caller sets: suture_root, suture_cache, work, old, new, new_deb, json
# shellcheck disable=SC2016 # what a shell in the machine is to expand
# The way from published to nobody exposed, for the library under nginx, sshd and systemd: Suture beside apt and needrestart.
#
# Each run has a fresh machine, whose nginx is asked for a page all the while (load.sh). Both tools fetch from a server of the
# same kind on the machine's own loopback, so that no network's mood is measured: Suture from a repository, apt from a mirror
# of what it needs of Debian's archive, with Debian's own signatures. Both do the same work: apt is kept from taking along
# openssl, of the same source. Both are told to begin; how long either would wait until it looks by itself is a setting.

# mirror RELEASE DEB…: the part of the archive that apt needs to install these; prints its folder. apt itself verifies it in the
# machine.
mirror() {
  local folder=$suture_cache/container/mirror source=${SUTURE_DEBIAN_MIRROR:-http://deb.debian.org} place suite list digest
  local architecture release=$1 wanted deb path
  shift
  architecture=$(dpkg --print-architecture)
  for place in "debian $release" "debian $release-updates" "debian-security $release-security"; do
    suite=${place%% *}/dists/${place#* }
    mkdir -p "$folder/$suite/main/binary-$architecture/by-hash/SHA256"
    curl --silent --show-error --fail --location -o "$folder/$suite/InRelease" "$source/$suite/InRelease"
    list=main/binary-$architecture/Packages.xz
    digest=$(awk -v list="$list" '/^[A-Z]/ { part = $1 } part == "SHA256:" && $3 == list { print $1 }' "$folder/$suite/InRelease")
    path=$folder/$suite/main/binary-$architecture/by-hash/SHA256/$digest
    if [[ ! -e $path ]]; then
      rm -f "$(dirname "$path")"/*
      curl --silent --show-error --fail --location -o "$path.partial" "$source/${suite}/$(dirname "$list")/by-hash/SHA256/$digest"
      mv "$path.partial" "$path"
    fi
    # Where the new builds lie in the archive.
    for wanted in "$@"; do
      deb=$(xzcat "$path" | awk -v name="$(dpkg-deb --field "$wanted" Package)" -v version="$(dpkg-deb --field "$wanted" Version)" '
        $1 == "Package:" { ours = $2 == name } $1 == "Version:" && $2 != version { ours = 0 }
        $1 == "Filename:" && ours { print $2 }')
      if [[ -n $deb ]]; then
        mkdir -p "$folder/${place%% *}/$(dirname "$deb")"
        cp "$wanted" "$folder/${place%% *}/$deb"
      fi
    done
  done
  printf '%s\n' "$folder"
}

# counted: what the machine has used so far: "CPU-MICROSECONDS BYTES". Bytes are those over its loopback, in both
# directions, headers included.
counted() {
  local leader group
  leader=$("$container" leader "$machine")
  group=$(findmnt --noheadings --first-only --types cgroup2 --output TARGET)$(sed -n 's/^0:://p' "/proc/$leader/cgroup")
  printf '%s %s\n' "$(awk '$1 == "usage_usec" { print $2 }' "${group%/*}/cpu.stat")" \
    "$(awk '$1 == "lo:" { print $2 }' "/proc/$leader/net/dev")"
}

# prepared: a machine whose nginx serves over TLS and on which nothing updates by itself.
prepared() {
  "$container" up "$machine"
  with_tls
  beside systemctl mask --quiet --now apt-daily.timer apt-daily-upgrade.timer
}

# told TOOL SECONDS CPU BYTES FURTHER-JSON: one measurement, with who is exposed after it, and what the load met.
told() {
  local served refused
  read -r served refused <"$work/loaded"
  census >"$work/census"
  jq -nc --arg tool "$1" --argjson seconds "$2" --argjson cpuSeconds "$3" --argjson bytes "$4" --argjson further "$5" \
    --arg exposed "$(awk '$4 == "baseline" { print $2 }' "$work/census" | words)" \
    --argjson served "$served" --argjson refused "$refused" '{tool: $tool, seconds: $seconds, cpuSeconds: $cpuSeconds,
      bytes: $bytes, exposedAfter: $exposed, served: $served, refused: $refused} + $further'
}

# since NANOSECONDS [UNTIL]: the seconds from then.
since() {
  awk -v from="$1" -v to="${2:-$(date +%s%N)}" 'BEGIN { printf "%.3f", (to - from) / 1e9 }'
}

# nginx_since NANOSECONDS: the seconds from then until the main process that nginx has now began, by the kernel's word.
nginx_since() {
  local pid began
  pid=$(beside systemctl show --value --property MainPID nginx.service)
  # Ticks since the machine's start (proc_pid_stat(5)), behind the name, which may hold anything.
  began=$(beside cat "/proc/$pid/stat" | sed 's/.*) //' | cut -d ' ' -f 20)
  awk -v from="$1" -v now="$(date +%s%N)" -v began="$began" -v ticks="$(getconf CLK_TCK)" \
    '{ since = (now - from) / 1e9 - ($1 - began / ticks); if (since > 0) printf "%.3f", since; else exit 1 }' /proc/uptime \
    || { echo "nginx was not started anew" >&2 && return 1; }
}

measure_suture() {
  local before after started last nginx
  machine=compare-suture-$$
  prepared
  rm -rf "$work/offered"
  cp -a "$work/repository-empty" "$work/offered"
  serve "$work/offered" 8080
  with_suture
  suture look >"$work/look.json"
  start_load
  read -r -a before < <(counted)
  started=$(date +%s%N)
  # Published: the timestamp comes last.
  cp -a "$work/repository-fixed/." "$work/offered/"
  inside bash -c "suture look --json && suture apply $library --json --wait" | stamped >"$work/apply.json"
  read -r -a after < <(counted)
  end_load >"$work/loaded"
  last=$(last_restart "$work/apply.json")
  nginx=$(nginx_since "$started")
  told suture "$(since "$started" "$last")" \
    "$(awk -v a="${before[0]}" -v b="${after[0]}" 'BEGIN { printf "%.3f", (b - a) / 1e6 }')" $((after[1] - before[1])) \
    "$(jq -nc --argjson confirmed "$(since "$started")" --argjson nginx "$nginx" '$ARGS.named')"
  end_servers
  "$container" down "$machine"
}

measure_apt() {
  local before after release started folder nginx
  release=$(os_release VERSION_CODENAME)
  folder=$(mirror "$release" "$new_deb")
  machine=compare-apt-$$
  prepared
  serve "$folder" 8081
  # Its lists are those of before the publication: the release's own are there, those with the fix are not.
  beside bash -euc '
    mirror="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://127.0.0.1:8081"
    rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
    echo "Acquire::Languages \"none\";" >/etc/apt/apt.conf.d/90-no-translations
    printf "deb $mirror/debian %s main\n" "$1" "$1-updates" >/etc/apt/sources.list
    apt-get update -qq --error-on=any
    echo "deb $mirror/debian-security $1-security main" >>/etc/apt/sources.list' apt "$release" >&2
  start_load
  read -r -a before < <(counted)
  started=$(date +%s%N)
  inside bash -euc '
    export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
    net() { awk "\$1 == \"lo:\" { print \$2 }" /proc/net/dev; }
    mark() { printf "%s %s %s\n" "$1" "$(date +%s%N)" "$(net)"; }
    apt-get update -qq --error-on=any >/dev/null
    mark lists
    apt-get install -qq --yes -o APT::Get::Upgrade-By-Source-Package=false "$1" >/dev/null
    mark installed
    unset NEEDRESTART_SUSPEND
    needrestart -r a >&2
    mark restarted' apt "$library=$new" >"$work/apt.marks" 2>"$work/apt.log" \
    || { tail -n 20 "$work/apt.log" >&2 && return 1; }
  read -r -a after < <(counted)
  end_load >"$work/loaded"
  nginx=$(nginx_since "$started")
  mark() { awk -v name="$1" -v column="$2" '$1 == name { print $column }' "$work/apt.marks"; }
  told apt "$(since "$started" "$(mark restarted 2)")" \
    "$(awk -v a="${before[0]}" -v b="${after[0]}" 'BEGIN { printf "%.3f", (b - a) / 1e6 }')" $((after[1] - before[1])) \
    "$(jq -nc --argjson lists "$(since "$started" "$(mark lists 2)")" \
      --argjson installed "$(since "$started" "$(mark installed 2)")" --argjson nginx "$nginx" \
      --argjson listBytes "$(($(mark lists 3) - before[1]))" '$ARGS.named')"
  end_servers
  "$container" down "$machine"
}

# comparison RUNS: measures both in turn, and prints the medians: as a table, or with `json` set to yes as objects.
comparison() {
  local run
  for ((run = 1; run <= $1; run++)); do
    say "comparison, run $run of $1"
    measure_suture >>"$work/measures"
    measure_apt >>"$work/measures"
  done
  if [[ $json == yes ]]; then jq -c '{measure: .}' "$work/measures"; fi
  jq -sc '
    def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
    group_by(.tool) | map((map(.exposedAfter) | unique) as $exposed | map(del(.exposedAfter))
      | {tool: .[0].tool, runs: length, exposedAfter: $exposed}
        + ([map(del(.tool) | to_entries)[][]] | group_by(.key) | map({key: .[0].key, value: (map(.value) | median)}) | from_entries))
    | reverse[]' "$work/measures" >"$work/medians"
  if [[ $json == yes ]]; then jq -c '{median: .}' "$work/medians" && return 0; fi
  printf '\n%s; medians of %d runs\n' "From published to nobody exposed, $library $old to $new" "$1"
  printf '%-20s %8s %8s %8s %10s %8s   %s\n' "" nginx all "CPU s" bytes refused "exposed afterwards"
  jq -r '[(if .tool == "apt" then "apt and needrestart" else "Suture" end), .nginx, .seconds, .cpuSeconds, .bytes, .refused,
      (.exposedAfter | map(select(. != "")) | join("; ") | if . == "" then "nobody" else . end)] | @tsv' "$work/medians" \
    | while IFS=$'\t' read -r tool nginx seconds cpu bytes refused exposed; do
      printf '%-20s %8.2f %8.2f %8.2f %10d %8.0f   %s\n' "$tool" "$nginx" "$seconds" "$cpu" "$bytes" "$refused" "$exposed"
    done
  echo "seconds: until nginx ran the fix, as the start of its main process tells, and until all that is restarted did"
  jq -r 'select(.tool == "apt") | "of that apt: new lists \(.lists) s, \(.listBytes) bytes; the package installed after \(.installed) s; " +
    "needrestart done after \(.seconds) s"' "$work/medians"
  printf 'refused: of some %d requests a second to nginx over TLS, each on a new connection\n' "$load_rate"
  jq -r 'select(.tool == "suture") | "Suture was confirmed after \(.confirmed) s: it watches what it restarted"' "$work/medians"
}
