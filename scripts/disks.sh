# shellcheck shell=bash
# shellcheck disable=SC2154 # the caller sets: suture_root, own
# The disks of an emulated machine, made once for each Debian tree: its root, and its /var.
#
# The caller has sourced lib.sh and debian.sh, and has set `own`, the folder of what is kept.

# What a machine needs beside a container: a kernel, what starts it, a mandatory access control, a way in. The way in is dropbear
# because it maps none of the libraries that are improved here: what is looked at must not be who looks.
kernel_packages=("linux-image-$(dpkg --print-architecture)" initramfs-tools zstd udev kmod iproute2 e2fsprogs curl apparmor dropbear-bin)

# What the initrd has: enough to mount the root, so that it is small.
# shellcheck disable=SC2016 # mmdebstrap's shell
initrd_hook='mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"
printf "MODULES=list\nCOMPRESS=zstd\n" >"$1/etc/initramfs-tools/conf.d/suture"
printf "%s\n" virtio_pci virtio_mmio virtio_blk ext4 crc32c_generic >"$1/usr/share/initramfs-tools/modules.d/suture"'

# kernel_tree: makes the Debian tree where it is missing; prints its folder.
kernel_tree() {
  # shellcheck disable=SC2034 # read by debian.sh
  further=("${kernel_packages[@]}") tree_hooks=(--essential-hook="$initrd_hook")
  tree
}

# disks: makes them where they are missing; prints the folder of `root.img`, `var.img`, `kernel`, `initrd`, and of the `key` that
# lets in.
disks() {
  local tree folder
  tree=$(kernel_tree)
  folder=$own/disks/$(printf '%s\n%s\n' "$tree" "$(declare -f furnish make_disks)" | sha256sum | cut -c 1-16)
  if [[ ! -d $folder ]]; then
    mkdir -p "$own/disks"
    exec 9>"$own/disks/lock"
    flock 9
    if [[ ! -d $folder ]]; then make_disks "$tree" "$folder" 9>&-; fi
    exec 9>&-
  fi
  touch "$folder"
  find "$own/disks" -mindepth 1 -maxdepth 1 -type d -mtime "+$tree_limit" -exec rm -rf {} +
  printf '%s\n' "$folder"
}

# make_disks TREE FOLDER
make_disks() {
  local folder=$2.partial root=$2.partial/root started=$SECONDS
  say "making the disks of a machine, once: $2"
  rm -rf "$folder"
  mkdir -p "$folder"
  cp --archive --reflink=auto "$1" "$root"
  ssh-keygen -q -t ed25519 -N '' -C 'emulated machine' -f "$folder/key"
  furnish "$root" "$folder/key.pub"
  cp "$root"/boot/vmlinuz-* "$folder/kernel"
  cp "$root"/boot/initrd.img-* "$folder/initrd"
  mv "$root/var" "$folder/var"
  mkdir "$root/var"
  mke2fs -q -t ext4 -L root -d "$root" "$folder/root.img" 3G >&2
  # Only files that are complete, and are never written again, get fs-verity; it must have been foreseen when the disk is made.
  mke2fs -q -t ext4 -L var -O verity -d "$folder/var" "$folder/var.img" 1G >&2
  rm -rf "${root:?}" "${folder:?}/var"
  mv "$folder" "$2"
  say "made in $((SECONDS - started)) s: $(du -sh "$2" | cut -f 1)"
}

# furnish ROOT KEY: what makes a machine of a tree.
furnish() {
  printf '%s\n' '/dev/vda / ext4 errors=remount-ro 0 1' '/dev/vdb /var ext4 nodev,nosuid,noexec 0 2' >"$1/etc/fstab"
  printf 'emulated\n' >"$1/etc/hostname"
  # What takes seconds elsewhere may take minutes here.
  mkdir -p "$1/etc/systemd/system.conf.d"
  printf '%s\n' '[Manager]' DefaultTimeoutStartSec=10min DefaultDeviceTimeoutSec=10min >"$1/etc/systemd/system.conf.d/slow.conf"
  printf 'virtio_net\n' >"$1/etc/modules-load.d/way-in.conf"
  # Databases and what looks for updates only make a boot longer here.
  rm -f "$1"/etc/systemd/system/multi-user.target.wants/{postgresql,unattended-upgrades,e2scrub_reap}.service \
    "$1"/etc/systemd/system/timers.target.wants/*.timer
  install -d -m 700 "$1/root/.ssh" "$1/etc/dropbear"
  install -m 600 "$2" "$1/root/.ssh/authorized_keys"
  # Early, and whatever else becomes of a boot: it is of use where one hangs.
  cat >"$1/etc/systemd/system/way-in.service" <<'UNIT'
[Unit]
Description=The way into this machine
DefaultDependencies=no
After=systemd-modules-load.service systemd-remount-fs.service

[Service]
TimeoutStartSec=infinity
ExecStartPre=/bin/sh -c 'until test -e /sys/class/net/eth0; do sleep 0.2; done'
ExecStartPre=/usr/sbin/ip link set dev lo up
ExecStartPre=/usr/sbin/ip link set dev eth0 up
ExecStartPre=/usr/sbin/ip address replace 10.0.2.15/24 dev eth0
ExecStart=/usr/sbin/dropbear -F -E -R -s -p 2222
KillMode=process
OOMScoreAdjust=-900

[Install]
WantedBy=sysinit.target
UNIT
  mkdir -p "$1/etc/systemd/system/sysinit.target.wants"
  ln -s ../way-in.service "$1/etc/systemd/system/sysinit.target.wants/way-in.service"
}
