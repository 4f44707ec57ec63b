#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The kernel's headers and glibc's <sys/mount.h> define the same names in two ways, so these two are declared here.
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
int umount2(const char *target, int flags);

#define KERNEL_MS_RDONLY 1
#define KERNEL_MS_NOSUID 2
#define KERNEL_MS_NODEV 4
#define KERNEL_MS_REC 16384
#define KERNEL_MS_PRIVATE (1 << 18)
#define KERNEL_MNT_DETACH 2
#define KERNEL_UMOUNT_NOFOLLOW 8
#ifndef MOVE_MOUNT_BENEATH
#define MOVE_MOUNT_BENEATH 0x00000200
#endif

int linux_clone_mount(int file) {
  return (int)syscall(SYS_open_tree, file, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
}

int linux_restrict_mount(int mount) {
  struct mount_attr attributes = {
      .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
      .attr_clr = MOUNT_ATTR_NOEXEC,
      .propagation = KERNEL_MS_PRIVATE,
  };
  return (int)syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &attributes, sizeof attributes);
}

int linux_attach_mount(int mount, int file, int beneath) {
  unsigned int flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH | (beneath ? MOVE_MOUNT_BENEATH : 0);
  return (int)syscall(SYS_move_mount, mount, "", file, "", flags);
}

int linux_can_attach_beneath(void) {
  // A kernel that does not know the flag refuses it before it looks at the descriptors.
  return linux_attach_mount(-1, -1, 1) == -1 && errno == EBADF;
}

int linux_mount_overlay(const char *directory, const char *options) {
  return mount("overlay", directory, "overlay", KERNEL_MS_RDONLY | KERNEL_MS_NOSUID | KERNEL_MS_NODEV, options);
}

int linux_detach_mount(int directory, const char *name) {
  if (fchdir(directory) != 0) return -1;
  return umount2(name, KERNEL_MNT_DETACH | KERNEL_UMOUNT_NOFOLLOW);
}

int linux_mount_id(int file, uint64_t *id) {
  struct statx status;
  if (statx(file, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) != 0) return -1;
  if ((status.stx_mask & STATX_MNT_ID) == 0) {
    errno = ENOSYS;
    return -1;
  }
  *id = status.stx_mnt_id;
  return 0;
}

int linux_enter_mount_namespace(int namespace) { return setns(namespace, CLONE_NEWNS); }

int linux_leave_mount_namespace(void) {
  if (unshare(CLONE_NEWNS) != 0) return -1;
  return mount(NULL, "/", NULL, KERNEL_MS_REC | KERNEL_MS_PRIVATE, NULL);
}
