# shellcheck shell=bash
# What the scripts share: words for people, where builds go, and a build that shows its progress on one line.
#
# Everything here speaks on stderr: stdout belongs to the program that a script runs in the end.

suture_root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
suture_name=$(basename -- "$0")

# The first Swift that can build the package.
# shellcheck disable=SC2034 # read by scripts/bootstrap
suture_swift_needed=6.3

# The programs that the quickstart runs, and nothing else.
# shellcheck disable=SC2034 # read by the scripts that source this file
suture_programs=(suture sutured suture-graft suture-packages suture-publish suture-quickstart)

# What is kept from run to run, outside the clone.
# shellcheck disable=SC2034 # read by the scripts that source this file
suture_cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/suture-build

# Crash reports that print every thread's registers bury the sentence that matters.
export SWIFT_BACKTRACE=${SWIFT_BACKTRACE:-enable=no}

# say TEXT…: one line for people.
say() {
  printf '%s: %s\n' "$suture_name" "$*" >&2
}

# die STATUS TEXT…: one line for people, and the end.
die() {
  local status=$1
  shift
  say "error: $*"
  exit "$status"
}

# scratch debug|release: where a build of that kind goes. SUTURE_SCRATCH names one folder for both; it may be shared
# by several clones, which then rebuild their own modules only.
scratch() {
  if [[ -n ${SUTURE_SCRATCH:-} ]]; then
    printf '%s/%s\n' "$SUTURE_SCRATCH" "$1"
  elif [[ $1 == debug ]]; then
    printf '%s/.build\n' "$suture_root"
  else
    printf '%s/.build-%s\n' "$suture_root" "$1"
  fi
}

# joined WORD…: the words with commas between them.
joined() {
  local IFS=,
  printf '%s\n' "$*"
}

# version_at_least HAVE NEED: whether the dotted number HAVE is NEED or later.
version_at_least() {
  [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]
}

# swift_version: the number of the toolchain in PATH, or nothing.
swift_version() {
  swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1
}

# progress WHAT LOG: reads a build's output, keeps all of it in LOG and shows how far it is: one line that rewrites
# itself on a terminal, otherwise a line every fifteen seconds.
progress() {
  local what=$1 log=$2 line step="" last=0 live=no
  [[ -t 2 ]] && live=yes
  : >"$log"
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$log"
    if [[ $line =~ ^\[([0-9]+/[0-9]+)\] ]]; then
      step="step ${BASH_REMATCH[1]}"
    elif [[ $line =~ ^(Fetching|Fetched|Computing|Creating|Updating|Building|Planning) ]]; then
      step=${line%% *}
      step=${step,}
    elif [[ $line == "Another instance of SwiftPM"* ]]; then
      step="waiting for another build in the same folder"
    else
      continue
    fi
    if [[ $live == yes ]]; then
      printf '\r\033[K%s: building %s: %s, %d s' "$suture_name" "$what" "$step" "$SECONDS" >&2
    elif ((SECONDS - last >= 15)); then
      last=$SECONDS
      say "building $what: $step, $SECONDS s"
    fi
  done
  if [[ $live == yes ]]; then printf '\r\033[K' >&2; fi
}

# build WHAT SCRATCH ARGUMENT…: `swift build` with progress on stderr. On failure: the findings, and the status.
build() {
  local what=$1 folder=$2 log status=0
  shift 2
  log=$(mktemp)
  SECONDS=0
  swift build --package-path "$suture_root" --scratch-path "$folder" "$@" 2>&1 </dev/null \
    | progress "$what" "$log" || status=$?
  if ((status == 0)); then
    say "built $what in $SECONDS s"
  else
    grep -vE '^\[[0-9]+/[0-9]+\]' "$log" | tail -n 200 >&2 || true
    say "error: $what did not build (status $status, $SECONDS s)"
  fi
  rm -f "$log"
  return "$status"
}

# build_release: the programs, each with Swift's own library inside. Prints nothing on stdout.
#
# Nobody loads a program as a library: names that it would export cost a tenth of its size, and keep code that nothing calls.
build_release() {
  SUTURE_MODULES=$(joined "${suture_programs[@]}") build "${suture_programs[*]}" "$(scratch release)" \
    -c release --static-swift-stdlib -Xlinker --no-export-dynamic -Xlinker --exclude-libs=ALL
}

# release_folder: where build_release leaves the programs.
release_folder() {
  printf '%s/release\n' "$(scratch release)"
}
