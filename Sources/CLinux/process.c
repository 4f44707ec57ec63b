#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int linux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int linux_pidfd_send_signal(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, 0, 0);
}

// A stream of -1 is /dev/null.
static int add_stream(posix_spawn_file_actions_t *actions, int from, int to) {
  if (from >= 0) return posix_spawn_file_actions_adddup2(actions, from, to);
  return posix_spawn_file_actions_addopen(actions, to, "/dev/null", to == STDIN_FILENO ? O_RDONLY : O_WRONLY, 0);
}

int linux_spawn(pid_t *pid, const char *path, char *const *arguments, char *const *environment, int output) {
  return linux_spawn_streams(pid, path, arguments, environment, -1, output, output);
}

int linux_spawn_streams(pid_t *pid, const char *path, char *const *arguments, char *const *environment, int input,
                        int output, int errors) {
  posix_spawn_file_actions_t actions;
  int error = posix_spawn_file_actions_init(&actions);
  if (error != 0) return error;
  posix_spawnattr_t attributes;
  error = posix_spawnattr_init(&attributes);
  if (error != 0) {
    posix_spawn_file_actions_destroy(&actions);
    return error;
  }
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  if (error == 0) error = posix_spawnattr_setsigmask(&attributes, &none);
  if (error == 0) error = posix_spawnattr_setsigdefault(&attributes, &all);
  if (error == 0)
    error = posix_spawnattr_setflags(&attributes,
                                     POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  if (error == 0) error = add_stream(&actions, input, STDIN_FILENO);
  if (error == 0) error = add_stream(&actions, output, STDOUT_FILENO);
  if (error == 0) error = add_stream(&actions, errors, STDERR_FILENO);
  // Libraries open files and sockets that a program would inherit: a connection that it holds never ends for the other side.
  if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  if (error == 0) error = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

int linux_await_exit(int pidfd, int milliseconds) {
  struct pollfd wait = {.fd = pidfd, .events = POLLIN};
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int left = milliseconds;;) {
    int ready = poll(&wait, 1, left);
    if (ready > 0) break;
    if (ready < 0 && errno != EINTR) return -1;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long long passed = (now.tv_sec - start.tv_sec) * 1000LL + (now.tv_nsec - start.tv_nsec) / 1000000;
    if (passed >= milliseconds) {
      errno = ETIME;
      return -1;
    }
    left = milliseconds - (int)passed;
  }
  siginfo_t info = {0};
  if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) != 0) return -1;
  return info.si_code == CLD_EXITED ? info.si_status : 256 + info.si_status;
}
