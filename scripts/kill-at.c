// Ends the program that it is loaded into by SIGKILL, right after the Nth time that it brought a certain file to the disk.
//
// Loaded before the C library's own functions (LD_PRELOAD), it counts the syncs of the whole process, whichever thread makes
// them: exact, and no hook stands in the program. Tests and scripts/killed.sh build it.
//
//   KILL_FILE  what the path of a file contains whose syncs count
//   KILL_AT    the path of a file that holds N, and is counted down. While there is none nothing counts, and it is removed
//              before the kill, so that the program that comes next is spared
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;

// Counts a step; whether it is the last.
static int is_last(const char *path) {
  FILE *file = fopen(path, "r+e");
  if (!file) return 0;
  int left = 0;
  if (fscanf(file, "%d", &left) == 1 && left > 1) {
    rewind(file);
    fprintf(file, "%-10d\n", left - 1);
  }
  fclose(file);
  return left == 1;
}

static int step(const char *name, int file) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  int result = real(file);
  const char *part = getenv("KILL_FILE"), *last = getenv("KILL_AT");
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0 || !part || !last) return result;
  path[length] = 0;
  if (!strstr(path, part)) return result;
  pthread_mutex_lock(&counting);
  if (is_last(last)) {
    unlink(last);
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  pthread_mutex_unlock(&counting);
  return result;
}

int fsync(int file) { return step("fsync", file); }
int fdatasync(int file) { return step("fdatasync", file); }
