#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// The signals of the kernel; those between them that glibc keeps for itself refuse, and are default already.
static void forget_handlers(void) {
  struct sigaction handling;
  memset(&handling, 0, sizeof handling);
  handling.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &handling, NULL);
}

// Closes every file but the streams and two more: a program would inherit what libraries opened, and a child that waits would
// hold open what others are to see the end of.
static int close_others(int one, int other) {
  unsigned low = one < other ? one : other, high = one < other ? other : one, first = STDERR_FILENO + 1;
  if (low > first && syscall(SYS_close_range, first, low - 1, 0) != 0) return -1;
  if (high > low + 1 && syscall(SYS_close_range, low + 1, high - 1, 0) != 0) return -1;
  return (int)syscall(SYS_close_range, high + 1, ~0U, 0);
}

// Becomes the program once it may, or ends. Between fork and execve only functions are called that a signal handler may
// call: other threads may have held locks.
static void wait_and_become(int gate, int report, const char *path, char *const *arguments, char *const *environment,
                            int output) {
  sigset_t none;
  sigemptyset(&none);
  forget_handlers();
  int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
  int error = 0;
  if (input < 0 || setsid() < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
      dup2(output, STDERR_FILENO) < 0)
    error = errno;
  else if (close_others(gate, report) != 0) error = errno;
  else if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) error = errno;
  if (error == 0) {
    char word;
    ssize_t count;
    do count = read(gate, &word, 1);
    while (count < 0 && errno == EINTR);
    if (count != 1) _exit(126);
    execve(path, arguments, environment);
    error = errno;
  }
  if (write(report, &error, sizeof error) != sizeof error) _exit(126);
  _exit(127);
}

int linux_spawn_held(pid_t *pid, int *gate, int *report, const char *path, char *const *arguments,
                     char *const *environment, int output) {
  int words[2], reports[2], error = 0;
  // A socket, on which a child that has ended is no signal.
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, words) != 0) return errno;
  if (pipe2(reports, O_CLOEXEC) != 0) {
    error = errno;
    close(words[0]);
    close(words[1]);
    return error;
  }
  // No handler of ours may run in the child before it has forgotten them.
  sigset_t all, former;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &former);
  *pid = _Fork();
  if (*pid == 0) {
    close(words[1]);
    close(reports[0]);
    wait_and_become(words[0], reports[1], path, arguments, environment, output);
  }
  if (*pid < 0) error = errno;
  sigprocmask(SIG_SETMASK, &former, NULL);
  close(words[0]);
  close(reports[1]);
  if (error != 0) {
    close(words[1]);
    close(reports[0]);
    return error;
  }
  *gate = words[1];
  *report = reports[0];
  return 0;
}

void linux_let_go(int gate) { (void)send(gate, "", 1, MSG_NOSIGNAL); }
