# shellcheck shell=bash
# shellcheck disable=SC2154 # the caller sets: suture_root, cache
# What scripts/container takes from Debian's archive: the tree that its machines are copies of, packages as files, and which
# versions of a package there are. The caller has sourced lib.sh, and has set `cache`.

packages=(
  # systemd as PID 1, and two services that always run.
  cron dbus systemd systemd-sysv
  # Services that map OpenSSL's libraries, apt's way of restarting them, and what upgrades by itself.
  needrestart openssh-server postgresql unattended-upgrades
  # What Suture's programs and tests load.
  ca-certificates libdivsufsort3 libsqlite3-0 libstdc++6 libzstd1 zlib1g
)

# How old apt's lists may get before they are fetched anew, in minutes.
lists_limit=720
# After how many days a tree that nobody used is deleted.
tree_limit=14

mirror=${SUTURE_DEBIAN_MIRROR:-http://deb.debian.org}

# suite: the Debian release that SUTURE_RELEASE names, and this machine's own where it names none. Programs that are built here run
# on a later one.
suite() {
  if [[ -n ${SUTURE_RELEASE:-} ]]; then
    [[ $SUTURE_RELEASE =~ ^[a-z]+$ ]] || die 64 "SUTURE_RELEASE is the code name of a Debian release, such as trixie"
    printf '%s\n' "$SUTURE_RELEASE"
    return
  fi
  (
    # shellcheck disable=SC1091 # the machine's own
    . /etc/os-release
    [[ ${ID:-} == debian && -n ${VERSION_CODENAME:-} ]] || die 69 "this is no release of Debian"
    printf '%s\n' "$VERSION_CODENAME"
  )
}

# library_of RELEASE NAME: the package of a library there: Debian 13 renamed those whose interface has times in it.
library_of() {
  case $1 in
    bullseye | bookworm) printf '%s\n' "$2" ;;
    *) printf '%st64\n' "$2" ;;
  esac
}

# older RELEASE: what is there in its older version, with what must be of the same source; one a line. libc6's own tools and
# whatever else is there run on any of its versions.
older() {
  printf '%s\n' "$(library_of "$1" libssl3)" openssl nginx nginx-common libexpat1 libc6
}

# sources RELEASE: apt's lines for it.
sources() {
  local key="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
  printf 'deb %s %s/debian %s main\n' "$key" "$mirror" "$1" "$key" "$mirror" "$1-updates"
  printf 'deb %s %s/debian-security %s-security main\n' "$key" "$mirror" "$1"
}

# apt_here COMMAND…: apt with a state of its own, so that neither this machine's sources nor its lists matter.
apt_here() {
  local folder tool=$1
  folder=$cache/apt-$(suite)
  shift
  "$tool" -o Dir::State="$folder/state" -o Dir::State::status=/dev/null -o Dir::Cache="$folder/cache" \
    -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
    -o Dir::Etc::preferences=/dev/null -o Acquire::Languages=none -o APT::Sandbox::User=root "$@"
}

# lists RELEASE: brings apt's lists for it up to date where they are old.
lists() {
  local folder=$cache/apt-$1
  mkdir -p "$folder/state/lists/partial" "$folder/cache/archives/partial"
  sources "$1" >"$folder/sources.list"
  # Two that update at the same time: the second finds the lists new.
  exec 8>"$folder/lock"
  flock 8
  if [[ -z $(find "$folder/updated" -mmin "-$lists_limit" 2>/dev/null) ]]; then
    say "updating the lists of $mirror"
    if apt_here apt-get update --quiet --quiet --error-on=any >&2; then
      touch "$folder/updated"
    elif [[ -e $folder/updated ]]; then
      say "the archive does not answer; going by the lists of $(date --reference "$folder/updated" --iso-8601)"
    else
      die 69 "the archive $mirror does not answer"
    fi
  fi
  exec 8>&-
}

# versions RELEASE PACKAGE: two versions of a package, "OLD NEW": the release's own, and the newest that the archive has. Where the
# release has the newest itself, OLD is the oldest that is still offered.
versions() {
  local offered old new
  lists "$1"
  offered=$(apt_here apt-cache madison "$2")
  new=$(awk 'NR == 1 { print $3 }' <<<"$offered")
  old=$(awk -v place="$1/main" '$6 == place { print $3; exit }' <<<"$offered")
  if [[ -z $old || $old == "$new" ]]; then old=$(awk 'END { print $3 }' <<<"$offered"); fi
  [[ -n $old && $old != "$new" ]] || die 69 "the archive offers one version of $2 only: ${new:-none}"
  printf '%s %s\n' "$old" "$new"
}

# debs PACKAGE=VERSION…: those packages as files, one a line; apt verifies what it fetches, and what it fetched is kept.
debs() {
  local wanted name
  mkdir -p "$cache/debs/partial"
  lists "$(suite)"
  for wanted in "$@"; do
    # As apt names it; its architecture may be all of them.
    name=$(sed 's/=/_/; s/:/%3a/g' <<<"$wanted")
    if ! compgen -G "$cache/debs/${name}_*.deb" >/dev/null; then
      say "fetching $wanted"
      (cd "$cache/debs/partial" && apt_here apt-get download --quiet --quiet "$wanted" >&2) \
        || die 69 "$wanted could not be fetched from $mirror"
      mv "$cache/debs/partial/"*.deb "$cache/debs/"
    fi
    compgen -G "$cache/debs/${name}_*.deb" | head -n 1
  done
}

# tree: makes the Debian tree where it is missing; prints its folder. What a caller wants in it besides, and further arguments for
# mmdebstrap:
further=()
tree_hooks=()
tree() {
  local release old new recipe folder include package
  release=$(suite)
  include=$(joined "${packages[@]}" "${further[@]}" "$(library_of "$release" libarchive13)")
  for package in $(older "$release"); do
    # One that the archive has in one version only is there in that.
    read -r old new < <(versions "$release" "$package") || old=""
    include+=",$package${old:+=$old}"
  done
  recipe=$(printf 'apt without recommendations\n%s\n' "$include" && sources "$release" && dpkg --print-architecture)
  if ((${#tree_hooks[@]} > 0)); then recipe+=$(printf '\n%s' "${tree_hooks[@]}"); fi
  folder=$cache/trees/$(sha256sum <<<"$recipe" | cut -c 1-16)
  if [[ ! -d $folder/tree ]]; then
    # Two that make one at the same time: the second finds it made.
    mkdir -p "$cache/trees"
    exec 9>"$cache/trees/lock"
    flock 9
    if [[ ! -d $folder/tree ]]; then make_tree "$folder" "$release" "$include" "$recipe" 9>&-; fi
    exec 9>&-
  fi
  touch "$folder"
  find "$cache/trees" -mindepth 1 -maxdepth 1 -type d -mtime "+$tree_limit" -exec rm -rf {} +
  say "Debian tree: $folder"
  printf '%s\n' "$folder/tree"
}

# make_tree FOLDER RELEASE INCLUDE RECIPE
make_tree() {
  local folder=$1 started=$SECONDS
  say "making a Debian tree, once: $folder"
  rm -rf "$folder.partial"
  mkdir -p "$folder.partial"
  # What apt itself needs is there in its newest version before the older one is asked for: Debian 13's apt needs OpenSSL.
  # shellcheck disable=SC2016 # the hook's own
  sources "$2" | mmdebstrap --quiet --mode=root --variant=apt --include="$3" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='APT::Get::allow-downgrades "true"' \
    --customize-hook='sed -i /allow-downgrades/d "$1/etc/apt/apt.conf.d/99mmdebstrap"' "${tree_hooks[@]}" "$2" "$folder.partial/tree" - >&2 \
    || { rm -rf "$folder.partial" && die 69 "the Debian tree could not be made from $mirror"; }
  printf '%s\n' "$4" >"$folder.partial/recipe"
  mv "$folder.partial" "$folder"
  say "made in $((SECONDS - started)) s: $(du -sh "$folder" | cut -f 1)"
}
