#include "CLinux.h"

#include <fcntl.h>
#include <unistd.h>

int linux_lock_holder(int file, pid_t *holder) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (fcntl(file, F_GETLK, &lock) != 0) return -1;
  *holder = lock.l_pid;
  return lock.l_type == F_UNLCK ? 0 : 1;
}

void linux_end_after(unsigned int seconds) { (void)alarm(seconds); }
