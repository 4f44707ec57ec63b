#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fsverity.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

int linux_enable_verity(int file) {
  // Kernels before 6.3 take no other block size.
  struct fsverity_enable_arg how = {
      .version = 1, .hash_algorithm = FS_VERITY_HASH_ALG_SHA256, .block_size = (uint32_t)sysconf(_SC_PAGESIZE)};
  return ioctl(file, FS_IOC_ENABLE_VERITY, &how);
}

int linux_has_verity(int file) {
  struct statx found;
  if (statx(file, "", AT_EMPTY_PATH, STATX_TYPE, &found) != 0) return -1;
  return (found.stx_attributes & STATX_ATTR_VERITY) != 0;
}
