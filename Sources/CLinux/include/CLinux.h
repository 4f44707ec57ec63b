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

// The device number of stat(2) in its two parts, as /proc/PID/maps writes it.
uint32_t linux_device_major(uint64_t device);
uint32_t linux_device_minor(uint64_t device);

#endif
