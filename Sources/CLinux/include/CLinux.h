// What Glibc's Swift overlay lacks: one-line wrappers, each returning -1 and setting errno as the system call does.
#ifndef SUTURE_CLINUX_H
#define SUTURE_CLINUX_H

#include <stdint.h>
#include <sys/types.h>

// openat2(2): `resolve` is a set of LINUX_RESOLVE_ flags.
#define LINUX_RESOLVE_NO_MAGICLINKS 0x02
#define LINUX_RESOLVE_NO_SYMLINKS 0x04
#define LINUX_RESOLVE_BENEATH 0x08
#define LINUX_RESOLVE_IN_ROOT 0x10
#define LINUX_O_PATH 010000000
int linux_openat2(int directory, const char *_Nonnull path, uint64_t flags, uint64_t mode, uint64_t resolve);

// SO_PEERCRED of a connected Unix socket.
int linux_peer_credentials(int socket, int32_t *_Nonnull pid, uint32_t *_Nonnull uid, uint32_t *_Nonnull gid);

// A socket that connects, without waiting, to a port of the machine's own loopback; `family` is AF_INET or AF_INET6.
int linux_loopback_socket(int family, uint16_t port);

// pidfd_open(2) and pidfd_send_signal(2).
int linux_pidfd_open(pid_t pid);
int linux_pidfd_send_signal(int pidfd, int signal);

// How a process ended, by a pidfd that was opened while it ran: 1 and its status as wait(2) writes it; 0 while it runs, is not
// waited for yet, or where the kernel does not tell (before Linux 6.15). linux_tells_exits finds out which, by a child.
int linux_pidfd_exit(int pidfd, int *_Nonnull status);
int linux_pidfd_has_ended(int pidfd);
int linux_tells_exits(void);

// One event of the process events connector.
struct linux_process_event {
  int32_t pid, parent, status;
};
enum {
  LINUX_EVENT_NONE = 0,
  LINUX_EVENT_ANSWER = 1,
  LINUX_EVENT_EXECUTED = 2,
  LINUX_EVENT_ENDED = 3,
  LINUX_EVENT_OTHER = 4
};

// A socket on which the kernel tells of every program that is executed and every process that a signal ends, with room for so
// many bytes; waits for its consent for at most so many milliseconds. Needs the first network, process and user namespaces,
// and before Linux 6.6 CAP_NET_ADMIN.
int linux_exit_events(int bytes, int milliseconds);

// The next of them without waiting: what it is, or -1 (ENOBUFS where some were lost).
int linux_next_process_event(int socket, struct linux_process_event *_Nonnull event);

// Makes a child in a session of its own, with default signal handling, standard input from /dev/null, both outputs to
// `output`, and no other open file. The program begins once linux_let_go is called on `*gate`; where that is closed instead,
// and so where this process ends, the child ends and the program never ran. `*report` gives the error number where the
// program could not be run, and its end where it was. Both are the caller's. Returns 0 or an error number.
int linux_spawn_held(pid_t *_Nonnull pid, int *_Nonnull gate, int *_Nonnull report, const char *_Nonnull path,
                     char *_Nullable const *_Nonnull arguments, char *_Nullable const *_Nonnull environment, int output);
void linux_let_go(int gate);

// Starts a program at once, with every stream given, to be waited for by linux_await_exit; otherwise as above.
int linux_spawn_streams(pid_t *_Nonnull pid, const char *_Nonnull path, char *_Nullable const *_Nonnull arguments,
                        char *_Nullable const *_Nonnull environment, int input, int output, int errors);

// Waits for the end of a process through its pidfd, for at most so many milliseconds (ETIME), and collects nothing.
int linux_await_end(int pidfd, int milliseconds);

// Waits for the end of a child through its pidfd, for at most so many milliseconds. Returns the exit status, 256 more
// than the number of the signal that ended it, or -1 (ETIME where the time is over).
int linux_await_exit(int pidfd, int milliseconds);

// Has the kernel stop a child when it begins to exit, while its memory can be looked at (ptrace(2), PTRACE_O_TRACEEXIT);
// where it cannot, the child goes on unwatched. The thread that calls this is the one that must call the next two.
int linux_watch_exit(pid_t child);

// What became of a child: 0 nothing new, 1 it begins to exit and is to be let go, 2 it ended: then its status as
// linux_await_exit has it, and the processor time of it and its own awaited children in microseconds. -1 for an error.
// The kernel's own figure for memory counts what the parent had when it started the child, so it is not given.
int linux_look_after(pid_t child, int *_Nonnull status, int64_t *_Nonnull user, int64_t *_Nonnull system);
int linux_let_exit(pid_t child);

// Runs a program to its end as the first process of a process namespace, in a private copy of the mount namespace with a
// /proc of its own, with our streams and environment. Every process that it starts ends with it. It gets SIGTERM when the
// calling thread ends; while it runs SIGINT, SIGTERM and SIGHUP are blocked in that thread, the first of them is passed on
// as SIGTERM, a further one as SIGKILL. Returns as linux_await_exit does.
int linux_run_apart(const char *_Nonnull path, char *_Nullable const *_Nonnull arguments);

// Returns when everything that was written to the file system that `file` is on is on the disk (syncfs(2)).
int linux_sync_file_system(int file);

// Runs a program to its end, for at most so many milliseconds (ETIME), without streams, in a session of its own, as a user and a
// group without further groups (as ourselves where `user` is negative), and without a way to gain privileges. What it starts
// and leaves in its process group ends with it. Returns as linux_await_exit does.
int linux_run_as(const char *_Nonnull path, char *_Nullable const *_Nonnull arguments,
                 char *_Nullable const *_Nonnull environment, int64_t user, int64_t group, int milliseconds);

// flistxattr(2).
ssize_t linux_list_attributes(int file, char *_Nullable names, size_t size);

// Has the kernel check what is ever read of a file from now on, and refuse writes (FS_IOC_ENABLE_VERITY). Nobody may have it
// open for writing.
int linux_enable_verity(int file);

// Whether the kernel does so (statx(2)): 1, 0, or -1 and errno.
int linux_has_verity(int file);

// memfd_create(2).
int linux_memory_file(const char *_Nonnull name);

// Sends a copy of an open descriptor over a Unix socket (SCM_RIGHTS), and takes one without waiting; ENOMSG where a
// message came without one.
int linux_send_descriptor(int socket, int descriptor);
int linux_receive_descriptor(int socket);

// Whether another process holds a record lock (F_GETLK of fcntl(2)) on any part of the file: 1 and its number, which is 0 or
// -1 where the kernel cannot tell it, or 0.
int linux_lock_holder(int file, pid_t *_Nonnull holder);

// Has this process ended by SIGALRM after so many seconds.
void linux_end_after(unsigned int seconds);

// A new mount of the file that `file` is open at, attached nowhere (open_tree(2)).
int linux_clone_mount(int file);

// Read-only, no set-id bits, no devices, programs allowed, no propagation (mount_setattr(2)).
int linux_restrict_mount(int mount);

// Attaches a mount over the file that `file` is open at, or beneath the mount whose root that file is (move_mount(2)).
int linux_attach_mount(int mount, int file, int beneath);

// Mounts, at a directory, what a list of directories with colons between them shows together, the first's names before
// the others', read-only (overlayfs).
int linux_mount_overlay(const char *_Nonnull directory, const char *_Nonnull options);

// Whether the kernel can attach beneath a mount (Linux 6.5).
int linux_can_attach_beneath(void);

// Takes the topmost mount off a name in a directory; processes that use it keep it. Moves the working directory.
int linux_detach_mount(int directory, const char *_Nonnull name);

// The number of the mount through which a descriptor was opened, as in /proc/PID/mountinfo.
int linux_mount_id(int file, uint64_t *_Nonnull id);

// setns(2) into a mount namespace, and unshare(2) into a private copy of the present one; for a process of one thread.
int linux_enter_mount_namespace(int namespace_descriptor);
int linux_leave_mount_namespace(void);

// The device number of stat(2) in its two parts, as /proc/PID/maps writes it.
uint32_t linux_device_major(uint64_t device);
uint32_t linux_device_minor(uint64_t device);

// Gives memory that malloc holds and nobody uses back to the kernel (malloc_trim(3)).
void linux_return_free_memory(void);

// At most so many separate heaps, of which each keeps what it once had (M_ARENA_MAX of mallopt(3)).
void linux_limit_arenas(int count);

#endif
