#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int limit_to(int resource, rlim_t value) {
  struct rlimit limit = {value, value};
  return setrlimit(resource, &limit);
}

// Becomes the program, or tells the error number and ends. Between clone and execve only system calls are made.
static void become(const char *path, char *const *arguments, char *const *environment, int64_t user, int64_t group,
                   int report) {
  sigset_t none;
  sigemptyset(&none);
  // Ours must not run in the child.
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  int nothing = open("/dev/null", O_RDWR), error = 0;
  if (nothing < 0 || setsid() < 0 || chdir("/") != 0 || sigprocmask(SIG_SETMASK, &none, NULL) != 0) error = errno;
  for (int stream = 0; error == 0 && stream < 3; stream++)
    if (dup2(nothing, stream) < 0) error = errno;
  // Whatever it would have to say in a core dump is its user's alone, and nobody asked for it.
  if (error == 0 && (limit_to(RLIMIT_CORE, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)) error = errno;
  // In the one order in which none of them is refused.
  if (error == 0 && user >= 0 &&
      (syscall(SYS_setgroups, 0, NULL) != 0 || syscall(SYS_setresgid, group, group, group) != 0 ||
       syscall(SYS_setresuid, user, user, user) != 0))
    error = errno;
  umask(077);
  if (error == 0) {
    // The report goes with the rest when the program begins.
    if (syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC) != 0) error = errno;
    else execve(path, arguments, environment), error = errno;
  }
  if (write(report, &error, sizeof error) != sizeof error) _exit(126);
  _exit(127);
}

int linux_run_as(const char *path, char *const *arguments, char *const *environment, int64_t user, int64_t group,
                 int milliseconds) {
  int report[2], error = 0;
  if (pipe2(report, O_CLOEXEC) != 0) return -1;
  sigset_t all, former;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &former);
  // Not clone3(2), which systemd's RestrictNamespaces= takes away.
  pid_t child = fork();
  if (child == 0) become(path, arguments, environment, user, group, report[1]);
  if (child < 0) error = errno;
  pthread_sigmask(SIG_SETMASK, &former, NULL);
  // Nobody else waits for it, so that until then the number is its own.
  int pidfd = child > 0 ? linux_pidfd_open(child) : -1;
  close(report[1]);
  // Nothing comes where the program runs: execve closed its end of the pipe.
  if (child > 0 && read(report[0], &error, sizeof error) != sizeof error) error = 0;
  close(report[0]);
  if (child < 0) {
    errno = error;
    return -1;
  }
  if (pidfd < 0) {
    error = errno;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    errno = error;
    return -1;
  }
  int ended = linux_await_end(pidfd, error == 0 ? milliseconds : INT32_MAX);
  if (ended != 0) error = errno;
  // What it started and did not move elsewhere ends with it; until it is waited for, the number is its own.
  kill(-child, SIGKILL);
  if (ended != 0) linux_pidfd_send_signal(pidfd, SIGKILL);
  int status = linux_await_exit(pidfd, INT32_MAX);
  close(pidfd);
  if (error != 0) {
    errno = error;
    return -1;
  }
  return status;
}
