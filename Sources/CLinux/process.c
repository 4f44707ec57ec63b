#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
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

int linux_await_end(int pidfd, int milliseconds) {
  struct pollfd wait = {.fd = pidfd, .events = POLLIN};
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int left = milliseconds;;) {
    int ready = poll(&wait, 1, left);
    if (ready > 0) return 0;
    if (ready < 0 && errno != EINTR) return -1;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long long passed = (now.tv_sec - start.tv_sec) * 1000LL + (now.tv_nsec - start.tv_nsec) / 1000000;
    if (passed >= milliseconds) {
      errno = ETIME;
      return -1;
    }
    left = milliseconds - (int)passed;
  }
}

int linux_await_exit(int pidfd, int milliseconds) {
  if (linux_await_end(pidfd, milliseconds) != 0) return -1;
  siginfo_t info = {0};
  if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) != 0) return -1;
  return info.si_code == CLD_EXITED ? info.si_status : 256 + info.si_status;
}

int linux_watch_exit(pid_t child) {
  return (int)ptrace(PTRACE_SEIZE, child, 0, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL);
}

int linux_look_after(pid_t child, int *status, int64_t *user, int64_t *system) {
  int state = 0;
  struct rusage usage = {0};
  pid_t found = wait4(child, &state, WNOHANG | __WALL, &usage);
  if (found <= 0) return found == 0 || errno == EINTR ? 0 : -1;
  if (WIFSTOPPED(state)) {
    if (state >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) return 1;
    // A signal on its way to the child; every other stop is the debugger's own affair.
    int signal = state >> 16 == 0 && WSTOPSIG(state) != SIGTRAP ? WSTOPSIG(state) : 0;
    return ptrace(PTRACE_CONT, child, 0, signal) == 0 ? 0 : -1;
  }
  *user = usage.ru_utime.tv_sec * INT64_C(1000000) + usage.ru_utime.tv_usec;
  *system = usage.ru_stime.tv_sec * INT64_C(1000000) + usage.ru_stime.tv_usec;
  *status = WIFEXITED(state) ? WEXITSTATUS(state) : 256 + WTERMSIG(state);
  return 2;
}

int linux_let_exit(pid_t child) { return (int)ptrace(PTRACE_CONT, child, 0, 0); }
