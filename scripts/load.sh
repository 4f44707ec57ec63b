# shellcheck shell=bash
# shellcheck disable=SC2154 # the caller sets: work, machine, container
# Somebody elsewhere who asks nginx for a page over TLS again and again, each time on a new connection, and counts the answers.
#
# Over a network of two, so that what is counted on the machine's loopback is the updates' alone. The caller has sourced
# lib.sh and stage.sh.

# How many requests a second, at most.
load_rate=100
# For documentation only (RFC 5737): on no real network.
load_server=198.51.100.1
load_client=198.51.100.2

# start_load: begins to ask; what came of each request is a line of $work/load: its HTTP status, or 000 and why there was none.
start_load() {
  local leader client tries=100
  leader=$("$container" leader "$machine")
  unshare --net -- sleep infinity </dev/null >/dev/null 2>&1 &
  client=$!
  echo "$client" >>"$work/loading"
  until [[ ! /proc/$client/ns/net -ef /proc/self/ns/net ]]; do
    ((tries-- > 0)) || { echo "no network of its own for the load" >&2 && return 1; }
    sleep 0.02
  done
  nsenter --target "$leader" --net -- ip link add load0 type veth peer name load1 netns "$client"
  nsenter --target "$leader" --net -- ip address add "$load_server/30" dev load0
  nsenter --target "$leader" --net -- ip link set load0 up
  nsenter --target "$client" --net -- ip address add "$load_client/30" dev load1
  nsenter --target "$client" --net -- ip link set load1 up
  : >"$work/load"
  # On the stream that nothing holds back.
  nsenter --target "$client" --net -- \
    curl --silent --insecure --rate "$load_rate/s" --max-time 5 --header 'Connection: close' --output /dev/null \
    --write-out '%{stderr}%{http_code} %{errormsg}\n' "https://$load_server/[1-1000000]" >/dev/null 2>>"$work/load" </dev/null &
  echo $! >>"$work/loading"
  # From the first answer on.
  tries=100
  until grep -q '^200' "$work/load"; do
    ((tries-- > 0)) || { echo "nginx does not answer the load: $(tail -n 1 "$work/load")" >&2 && return 1; }
    sleep 0.05
  done
  : >"$work/load"
}

# end_load: ends it; prints "SERVED REFUSED". A request that waits for its answer then is neither.
end_load() {
  local processes=()
  mapfile -t processes <"$work/loading"
  rm -f "$work/loading"
  kill "${processes[@]}" 2>/dev/null || true
  wait "${processes[@]}" 2>/dev/null || true
  awk '$1 == 200 { served++; next } { refused++ } END { printf "%d %d\n", served, refused }' "$work/load"
}
