#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// The signals by which a program is asked to end.
static void fill_requests(sigset_t *set) {
  sigemptyset(set);
  sigaddset(set, SIGINT);
  sigaddset(set, SIGTERM);
  sigaddset(set, SIGHUP);
}

// Becomes the program, or tells the error number and ends. Between clone and execve only system calls are made.
static void become(const char *path, char *const *arguments, int parent, int report) {
  struct pollfd ended = {.fd = parent, .events = POLLIN};
  sigset_t none;
  sigemptyset(&none);
  int error = 0;
  if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) error = errno;
  // Whoever ended before that was asked for cannot be told of any more.
  else if (poll(&ended, 1, 0) != 0) error = ESRCH;
  else if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) error = errno;
  else if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0) error = errno;
  else if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) error = errno;
  if (error == 0) {
    execve(path, arguments, environ);
    error = errno;
  }
  if (write(report, &error, sizeof error) != sizeof error) _exit(126);
  _exit(127);
}

// Returns a pidfd, or -1 where nothing was started.
static int start(const char *path, char *const *arguments) {
  int report[2], pidfd = -1, error = 0;
  int parent = linux_pidfd_open(getpid());
  if (parent < 0) return -1;
  if (pipe2(report, O_CLOEXEC) != 0) {
    close(parent);
    return -1;
  }
  struct clone_args how = {
      .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
      .pidfd = (uintptr_t)&pidfd,
      .exit_signal = SIGCHLD,
  };
  long child = syscall(SYS_clone3, &how, sizeof how);
  if (child == 0) become(path, arguments, parent, report[1]);
  if (child < 0) error = errno;
  close(parent);
  close(report[1]);
  // Nothing comes where the program runs: execve closed its end of the pipe.
  if (child > 0 && read(report[0], &error, sizeof error) != sizeof error) error = 0;
  close(report[0]);
  if (error == 0) return pidfd;
  if (child > 0) {
    siginfo_t info;
    waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED);
    close(pidfd);
  }
  errno = error;
  return -1;
}

// Waits for the end; the first request that comes meanwhile is passed on, a further one ends the program.
static int await_end(int pidfd, int requests) {
  struct pollfd waits[2] = {{.fd = pidfd, .events = POLLIN}, {.fd = requests, .events = POLLIN}};
  struct signalfd_siginfo request;
  for (int count = 0; waits[0].revents == 0;) {
    if (poll(waits, 2, -1) < 0 && errno != EINTR) return -1;
    if (waits[1].revents != 0 && read(requests, &request, sizeof request) == sizeof request)
      linux_pidfd_send_signal(pidfd, count++ == 0 ? SIGTERM : SIGKILL);
    waits[1].revents = 0;
  }
  siginfo_t info = {0};
  if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) != 0) return -1;
  return info.si_code == CLD_EXITED ? info.si_status : 256 + info.si_status;
}

int linux_run_apart(const char *path, char *const *arguments) {
  sigset_t set, former;
  fill_requests(&set);
  if (sigprocmask(SIG_BLOCK, &set, &former) != 0) return -1;
  int result = -1;
  int requests = signalfd(-1, &set, SFD_CLOEXEC);
  int pidfd = requests < 0 ? -1 : start(path, arguments);
  if (pidfd >= 0) result = await_end(pidfd, requests);
  int error = errno;
  if (pidfd >= 0) close(pidfd);
  if (requests >= 0) close(requests);
  sigprocmask(SIG_SETMASK, &former, NULL);
  errno = error;
  return result;
}
