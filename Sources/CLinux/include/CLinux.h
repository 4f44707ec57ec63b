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

// pidfd_open(2) and pidfd_send_signal(2).
int linux_pidfd_open(pid_t pid);
int linux_pidfd_send_signal(int pidfd, int signal);

// Starts a program in a session of its own, with default signal handling, standard input from /dev/null, and both
// outputs to `output`. Every descriptor of ours is close-on-exec. Returns 0 or an error number.
int linux_spawn(pid_t *_Nonnull pid, const char *_Nonnull path, char *_Nullable const *_Nonnull arguments,
                char *_Nullable const *_Nonnull environment, int output);

// The same with every stream given, to be waited for by linux_await_exit.
int linux_spawn_streams(pid_t *_Nonnull pid, const char *_Nonnull path, char *_Nullable const *_Nonnull arguments,
                        char *_Nullable const *_Nonnull environment, int input, int output, int errors);

// Waits for the end of a child through its pidfd, for at most so many milliseconds. Returns the exit status, 256 more
// than the number of the signal that ended it, or -1 (ETIME where the time is over).
int linux_await_exit(int pidfd, int milliseconds);

// Runs a program to its end as the first process of a process namespace, in a private copy of the mount namespace with a
// /proc of its own, with our streams and environment. Every process that it starts ends with it. It gets SIGTERM when the
// calling thread ends; while it runs SIGINT, SIGTERM and SIGHUP are blocked in that thread, the first of them is passed on
// as SIGTERM, a further one as SIGKILL. Returns as linux_await_exit does.
int linux_run_apart(const char *_Nonnull path, char *_Nullable const *_Nonnull arguments);

// memfd_create(2).
int linux_memory_file(const char *_Nonnull name);

// Sends a copy of an open descriptor over a Unix socket (SCM_RIGHTS), and takes one without waiting; ENOMSG where a
// message came without one.
int linux_send_descriptor(int socket, int descriptor);
int linux_receive_descriptor(int socket);

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
