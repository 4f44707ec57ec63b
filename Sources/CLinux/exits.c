#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// --- How a process ended, asked of its pidfd (PIDFD_GET_INFO of ioctl_pidfd(2); exit codes since Linux 6.15)

struct pidfd_answer {
  uint64_t mask, control_group;
  uint32_t pid, group, parent, users[8];
  int32_t exit_code;
};
#define GET_INFO _IOWR(0xFF, 11, struct pidfd_answer)
#define INFO_EXIT (1u << 3)

int linux_pidfd_exit(int pidfd, int *status) {
  struct pidfd_answer answer = {.mask = INFO_EXIT};
  if (ioctl(pidfd, GET_INFO, &answer) != 0) return -1;
  if ((answer.mask & INFO_EXIT) == 0) return 0;
  *status = answer.exit_code;
  return 1;
}

int linux_pidfd_has_ended(int pidfd) {
  struct pollfd wait = {.fd = pidfd, .events = POLLIN};
  return poll(&wait, 1, 0) > 0;
}

int linux_tells_exits(void) {
  pid_t child = vfork();
  if (child == 0) _exit(7);
  if (child < 0) return 0;
  // Until it is waited for, the number is still its own.
  int pidfd = linux_pidfd_open(child), status = 0, told = 0;
  waitpid(child, NULL, 0);
  if (pidfd >= 0) {
    told = linux_pidfd_exit(pidfd, &status) == 1 && WIFEXITED(status) && WEXITSTATUS(status) == 7;
    close(pidfd);
  }
  return told;
}

// --- Every end on the machine, told by the kernel's process events connector (Documentation/driver-api/connector.rst)

// The events begin after the two headers.
#define EVENT (sizeof(struct nlmsghdr) + sizeof(struct cn_msg))
#define FIELD(name) (EVENT + offsetof(struct proc_event, name))
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define EQUALS(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (then), (otherwise))

// Of all that is told only this wakes anybody: programs that are executed, and processes that a signal ended.
// The filter's loads take words for network order.
static int keep_what_matters(int socket) {
  struct sock_filter code[] = {
      LOAD(FIELD(what)),
      EQUALS(htonl(PROC_EVENT_NONE), 9, 0),
      EQUALS(htonl(PROC_EVENT_EXEC), 8, 0),
      EQUALS(htonl(PROC_EVENT_EXIT), 0, 8),
      LOAD(FIELD(event_data.exit.exit_code)),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, htonl(0x7f)),
      EQUALS(0, 5, 0),
      // A thread's end is not its process's.
      LOAD(FIELD(event_data.exit.process_tgid)),
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      LOAD(FIELD(event_data.exit.process_pid)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
  return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static int ask_for_events(int socket) {
  enum proc_cn_mcast_op wish = PROC_CN_MCAST_LISTEN;
  struct cn_msg message = {.id = {.idx = CN_IDX_PROC, .val = CN_VAL_PROC}, .len = sizeof wish};
  _Alignas(NLMSG_ALIGNTO) unsigned char request[EVENT + sizeof wish];
  struct nlmsghdr header = {.nlmsg_len = sizeof request, .nlmsg_type = NLMSG_DONE};
  memcpy(request, &header, sizeof header);
  memcpy(request + sizeof header, &message, sizeof message);
  memcpy(request + EVENT, &wish, sizeof wish);
  return send(socket, request, sizeof request, 0) == sizeof request ? 0 : -1;
}

int linux_exit_events(int bytes, int milliseconds) {
  int socket_number = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
  if (socket_number < 0) return -1;
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
  // More room than the system's limit needs privilege; without it there is less.
  if (setsockopt(socket_number, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
    setsockopt(socket_number, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  struct linux_process_event event;
  struct pollfd wait = {.fd = socket_number, .events = POLLIN};
  if (keep_what_matters(socket_number) == 0 &&
      bind(socket_number, (struct sockaddr *)&address, sizeof address) == 0 && ask_for_events(socket_number) == 0) {
    // Outside the first namespaces the kernel passes the request over without a word.
    while (poll(&wait, 1, milliseconds) > 0) {
      int kind = linux_next_process_event(socket_number, &event);
      if (kind == LINUX_EVENT_ANSWER && event.status == 0) return socket_number;
      if (kind == LINUX_EVENT_ANSWER) errno = event.status;
      if (kind == LINUX_EVENT_ANSWER || kind < 0) break;
    }
    if (wait.revents == 0) errno = ETIME;
  }
  int error = errno;
  close(socket_number);
  errno = error;
  return -1;
}

int linux_next_process_event(int socket_number, struct linux_process_event *event) {
  struct sockaddr_nl from = {0};
  socklen_t length = sizeof from;
  _Alignas(8) unsigned char bytes[512];
  ssize_t count = recvfrom(socket_number, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? LINUX_EVENT_NONE : -1;
  // Only the kernel speaks as number 0.
  struct proc_event told;
  if (length != sizeof from || from.nl_pid != 0 || (size_t)count < EVENT + sizeof told) return LINUX_EVENT_OTHER;
  memcpy(&told, bytes + EVENT, sizeof told);
  memset(event, 0, sizeof *event);
  switch ((unsigned)told.what) {
    case PROC_EVENT_NONE:
      event->status = (int32_t)told.event_data.ack.err;
      return LINUX_EVENT_ANSWER;
    case PROC_EVENT_EXEC:
      event->pid = told.event_data.exec.process_tgid;
      return LINUX_EVENT_EXECUTED;
    case PROC_EVENT_EXIT:
      event->pid = told.event_data.exit.process_tgid;
      event->parent = told.event_data.exit.parent_tgid;
      event->status = (int32_t)told.event_data.exit.exit_code;
      return LINUX_EVENT_ENDED;
    default: return LINUX_EVENT_OTHER;
  }
}
